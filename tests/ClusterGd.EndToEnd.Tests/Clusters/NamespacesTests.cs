using ClusterGd.EndToEnd.Tests.Network;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.EndToEnd.Tests.Clusters;

/// <summary>Four node processes on four machines of a network, and a client on a fifth.</summary>
[Collection(ClusterTests.Name)]
public sealed class NamespacesTests(ThreeJobs jobs) : IDisposable
{
    private const int NodeCount = 4;
    private static readonly TimeSpan s_patience = Limits.Hang;
    private NetworkLab? _lab;

    public void Dispose() => _lab?.Dispose();

    [SkippableFact, Trait("Depth", "deep")]
    public void Nodes_InNamespacesOfTheirOwn_TrainAllJobsToTheHashOfOneNode()
    {
        var (nodes, client) = StartCluster();
        foreach (string name in ThreeJobs.Names)
        {
            var training = Train(client, name);
            int code = training.WaitForExit(s_patience);
            Assert.True(code == 0, training.Output);
            Assert.Equal(jobs.HashOf(name), ThreeJobs.HashIn(training.Output));
        }
        Assert.All(nodes, node => node.WaitForLine("is over", s_patience, count: 3));
    }

    /// <summary>A step takes some 40 ms over such links, and 3 ms without the limit.</summary>
    [SkippableFact, Trait("Depth", "deep")]
    public void Nodes_OverTenMegabitsASecond_TrainToTheSameHashAndNobodyIsCalledSilent()
    {
        var (_, client) = StartCluster();
        foreach (var host in _lab!.Hosts) Skip.IfNot(host.TryLimit("10mbit", out string reason), reason);
        var training = Train(client, "mlp");
        int code = training.WaitForExit(s_patience);
        Assert.True(code == 0, training.Output);
        Assert.Equal(jobs.HashOf("mlp"), ThreeJobs.HashIn(training.Output));
        Assert.DoesNotContain("is silent", training.Output);
        Assert.DoesNotContain("is gone", training.Output);
    }

    private (List<LabProcess> Nodes, LabHost Client) StartCluster()
    {
        _lab = NetworkLab.TryCreate(NodeCount + 1, out string reason);
        Skip.If(_lab is null, reason);
        var hosts = _lab!.Hosts;
        string seed = $"{hosts[0].Address}:4053";
        var nodes = hosts.Take(NodeCount)
            .Select(host => host.StartCli("node", "--host", host.Address, "--threads", "1", "--seed", seed)).ToList();
        foreach (var node in nodes) node.WaitForLine("is up", s_patience);
        return (nodes, hosts[NodeCount]);
    }

    private LabProcess Train(LabHost client, string name) => client.StartCli(
    [
        "train", jobs[name], "--cluster", $"{_lab!.Hosts[0].Address}:4053", "--nodes-min", $"{NodeCount}", "--run-dir",
        jobs.NewRunFolder(),
    ]);
}
