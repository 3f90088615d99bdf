using Xunit;

namespace ClusterGd.EndToEnd.Tests.Clusters;

/// <summary>A class of its own, since it waits for a minute beside the others.</summary>
public sealed class TooFewNodesTests(ThreeJobs jobs) : IClassFixture<ThreeJobs>
{
    [Fact, Trait("Depth", "deep")]
    public void Train_TooFewNodes_SaysHowManyAreMissingAndGivesUpWithExitCode4()
    {
        using var node = new LocalNode();
        node.WaitUntilUp();
        var result = jobs.Train("kmeans", "--cluster", node.Address, "--nodes-min", "3");
        Assert.Equal(4, result.ExitCode);
        Assert.Contains("waiting for 2 more of 3 nodes since ", result.Error);
        Assert.Contains("only 1 of 3 nodes came in 60 s", $"{result.Output}{result.Error}");
        Assert.True(result.IsForPeople);
    }
}
