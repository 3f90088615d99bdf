using System.Text.RegularExpressions;
using ClusterGd.EndToEnd.Tests.Network;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.EndToEnd.Tests.Clusters;

/// <summary>Nodes, each on a machine of its own, and one more machine for a client. Dispose ends all of it.</summary>
internal sealed partial class LabCluster : IDisposable
{
    /// <summary>Exit codes: it was told to leave; its cluster is gone; Ctrl-C; it was killed.</summary>
    public const int Left = 0, ClusterLost = 4, Interrupted = 130, Killed = 137;

    public const int ControlPort = 4053, TensorPort = 4054;

    private static readonly TimeSpan s_patience = Limits.Hang;
    private readonly NetworkLab _lab;

    private LabCluster(NetworkLab lab)
    {
        _lab = lab;
        Nodes = new LabProcess[lab.Hosts.Count - 1];
    }

    /// <summary>The newest process at each host.</summary>
    public LabProcess[] Nodes { get; }

    /// <summary>Those of the nodes, in their order, and then the client's.</summary>
    public IReadOnlyList<LabHost> Hosts => _lab.Hosts;

    public LabHost ClientHost => _lab.Hosts[^1];

    /// <summary>All nodes are up; the first is the oldest. Skips the test where that cannot be.</summary>
    public static LabCluster Start(int nodeCount)
    {
        var lab = NetworkLab.TryCreate(nodeCount + 1, out string reason);
        Skip.If(lab is null, reason);
        var cluster = new LabCluster(lab!);
        try
        {
            for (int i = 0; i < nodeCount; i++) cluster.StartNode(i, i == 0 ? [] : [0]);
            foreach (var node in cluster.Nodes) node.WaitForLine("is up", s_patience);
            return cluster;
        }
        catch
        {
            cluster.Dispose();
            throw;
        }
    }

    public string AddressOf(int node) => $"{Hosts[node].Address}:{ControlPort}";

    /// <summary>A client that trains, once it has made the first steps.</summary>
    public LabProcess Train(string job, string runFolder, params string[] options)
    {
        var client = ClientHost.StartCli(
        [
            "train", job, "--cluster", AddressOf(0), "--nodes-min", $"{Nodes.Length}", "--run-dir", runFolder,
            .. options,
        ]);
        client.WaitForLine("epoch ", s_patience);
        return client;
    }

    /// <summary>Starts those that have ended again, at the same port, to join by any that has not.</summary>
    /// <param name="log">Told of each that found itself without a cluster.</param>
    public void RestartEnded(Action<string>? log = null)
    {
        for (int i = 0; i < Nodes.Length; i++)
        {
            if (!Nodes[i].HasExited) continue;
            int code = Nodes[i].WaitForExit(s_patience);
            if (code == ClusterLost) log?.Invoke($"node {i} found no cluster: {Nodes[i].Output.Split('\n')[^1]}");
            Assert.True(code is Left or Killed or ClusterLost, Nodes[i].Output);
            StartNode(i, [.. Enumerable.Range(0, Nodes.Length).Where(j => j != i && !Nodes[j].HasExited)]);
        }
    }

    /// <summary>
    /// Ends a run by Ctrl-C, and has one process make all of its steps again: the model has to have the same bits.
    /// </summary>
    /// <returns>How many steps those were.</returns>
    public static string InterruptAndReplay(LabProcess client, string run, Cli cli, TimeSpan patience)
    {
        // SIGINT is ignored by all that a shell has started in the background, these tests perhaps as well.
        client.Terminate();
        Assert.True(client.WaitForExit(s_patience) == Interrupted, client.Output);
        string steps = StepsIn().Match(client.Output).Groups[1].Value;
        var replay = cli.Run(patience, "replay", run, "--to", steps, "--from-start");
        Assert.True(replay.ExitCode == 0, replay.Error);
        Assert.Contains("the bits of the run's model", replay.Output);
        return $"{steps} steps";
    }

    public void Dispose() => _lab.Dispose();

    [GeneratedRegex(" epochs, ([0-9]+) steps, ")]
    private static partial Regex StepsIn();

    private void StartNode(int index, int[] seeds) => Nodes[index] = Hosts[index].StartCli(
    [
        "node", "--host", Hosts[index].Address, "--threads", "1",
        .. seeds.SelectMany(seed => new[] { "--seed", AddressOf(seed) }),
    ]);
}
