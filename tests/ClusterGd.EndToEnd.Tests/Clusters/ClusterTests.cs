using Xunit;

// Those beside each other wait for most of their time.
[assembly: CollectionBehavior(MaxParallelThreads = 4)]

namespace ClusterGd.EndToEnd.Tests.Clusters;

/// <summary>
/// Tests with clusters of processes: one after another and beside no others, since each needs all cores.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ClusterTests : ICollectionFixture<ThreeJobs>
{
    public const string Name = "clusters of processes";
}
