using ClusterGd.EndToEnd.Tests.Network;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.EndToEnd.Tests.Clusters;

/// <summary>Strangers at both ports of two nodes, while they train. What it costs: benchmark "attack".</summary>
[Collection(ClusterTests.Name)]
public sealed class AttackTests(ThreeJobs jobs)
{
    private static readonly TimeSpan s_patience = Limits.Hang;

    [Fact, Trait("Depth", "deep")]
    public void Nodes_BothPortsAttacked_TrainToTheSameHashAndLoseNobody()
    {
        string[] longer = ["--set", "training.epochs=180"];
        using var first = new LocalNode();
        first.WaitUntilUp();
        using var second = new LocalNode(first.Address);
        second.WaitUntilUp();
        int[] ports = [.. new[] { first, second }.SelectMany(node => ProcessTable.PortsOf(node.Process.Id))];
        var attacks = ports.Select(port => new Attack(port)).ToList();
        try
        {
            using var client = new LabProcess("dotnet",
            [
                Cli.Program, "train", jobs["mlp"], "--cluster", first.Address, "--nodes-min", "2", "--run-dir",
                jobs.NewRunFolder(), .. longer,
            ]);
            int code = client.WaitForExit(s_patience);
            Assert.True(code == 0, client.Output);
            Assert.Equal(jobs.HashOf("mlp", longer), ThreeJobs.HashIn(client.Output));
            Assert.DoesNotContain("is gone", client.Output);
            Assert.All(attacks, attack => Assert.True(attack.ConnectionCount > Attack.SilentCount));
        }
        finally
        {
            foreach (var attack in attacks) attack.Dispose();
        }
    }
}
