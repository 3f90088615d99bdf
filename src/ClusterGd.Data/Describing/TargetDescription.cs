using System.Collections.Immutable;

namespace ClusterGd.Data;

/// <summary>What a target column holds.</summary>
/// <param name="Classes">Labels and how often each occurs, in class order; empty for more than a few or for
/// fractions.</param>
/// <param name="Min">Null, as the other numbers are, where a label is no number.</param>
public sealed record TargetDescription(
    string Name, ImmutableArray<ClassCount> Classes, double? Min, double? Max, double? Mean);
