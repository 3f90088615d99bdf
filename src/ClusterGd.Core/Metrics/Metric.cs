using System.Collections.Immutable;
using ClusterGd.Core.Data;

namespace ClusterGd.Core.Metrics;

/// <summary>One row of the table of metrics.</summary>
/// <param name="Of">The value from the sums; NaN where they do not have what it takes.</param>
public sealed record Metric(
    string Name, string Summary, bool IsHigherBetter, ImmutableArray<TargetKind> TargetKinds,
    Func<MetricSums, double> Of)
{
    /// <summary>Whether the loss must give probabilities, as hinge does not.</summary>
    public bool NeedsProbabilities { get; init; }
}
