using System.Collections.Immutable;
using ClusterGd.Core.Jobs;

namespace ClusterGd.Core.Convergence;

/// <summary>Every stop criterion a job may name: add a class and a row here, and nothing else.</summary>
public static class StopCriteria
{
    public static readonly ImmutableArray<Kind<StopCriterion>> All = [];
}
