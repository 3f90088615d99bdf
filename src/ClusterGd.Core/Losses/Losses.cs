using System.Collections.Immutable;
using ClusterGd.Core.Jobs;

namespace ClusterGd.Core.Losses;

/// <summary>Every loss a job may name: add a class and a row here, and nothing else.</summary>
public static class Losses
{
    public static readonly ImmutableArray<Kind<Loss>> All = [];
}
