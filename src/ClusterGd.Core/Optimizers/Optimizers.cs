using System.Collections.Immutable;
using ClusterGd.Core.Jobs;

namespace ClusterGd.Core.Optimizers;

/// <summary>Every optimizer a job may name: add a class and a row here, and nothing else.</summary>
public static class Optimizers
{
    public static readonly ImmutableArray<Kind<UpdateRule>> All = [];
}
