using ClusterGd.EndToEnd.Tests.Network;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.EndToEnd.Tests.Clusters;

/// <summary>Whoever names a node by its host's name reaches it: names are only for finding addresses.</summary>
[Collection(ClusterTests.Name)]
public sealed class NamesTests(ThreeJobs jobs) : IDisposable
{
    private static readonly TimeSpan s_patience = Limits.Hang;
    private readonly Cli _cli = new();
    private readonly LocalNode _first = new();

    private string ByName => _first.Address.Replace("127.0.0.1", "localhost", StringComparison.Ordinal);

    public void Dispose()
    {
        _first.Dispose();
        _cli.Dispose();
    }

    [Fact]
    public void Node_SeedGivenByName_JoinsByItsAddress()
    {
        using var second = new LocalNode(ByName);

        Assert.Contains(_first.Address, second.Printed("joins by", s_patience), StringComparison.Ordinal);
        second.WaitUntilUp();
    }

    [Fact]
    public void Node_HostGivenByName_IsKnownByItsAddress()
    {
        using var node = new LabProcess("dotnet", [Cli.Program, "node", "--host", "localhost", "--port", "0"]);

        Assert.Contains("node 127.0.0.1:", node.WaitForLine("node ", s_patience), StringComparison.Ordinal);
    }

    [Fact]
    public void Node_HostThatDoesNotResolve_IsASentenceAndExitCode2()
    {
        var result = _cli.Run("node", "--host", "host.invalid", "--port", "0");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("--host is host.invalid, which resolves to no address; name one of this machine", result.Error);
    }

    [Fact]
    public void Train_ClusterGivenByName_TrainsToTheSameBits()
    {
        _first.WaitUntilUp();
        var result = jobs.Train("kmeans", "--cluster", ByName);

        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(jobs.HashOf("kmeans"), ThreeJobs.HashIn(result.Output));
    }
}
