using System.Collections.Immutable;
using ClusterGd.Core.Jobs;

namespace ClusterGd.Core.Optimizers;

/// <summary>Every learning-rate schedule a job may name: add a class and a row here, and nothing else.</summary>
public static class Schedules
{
    public static readonly ImmutableArray<Kind<Schedule>> All = [];
}
