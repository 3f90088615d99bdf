using System.Globalization;
using ClusterGd.EndToEnd.Tests.Network;
using ClusterGd.Tests;
using Xunit;
using Xunit.Abstractions;

namespace ClusterGd.EndToEnd.Tests.Clusters;

/// <summary>
/// Links that work by half, in a network of machines of their own: tensors do not arrive while control messages do, of
/// one node or one pair, in one direction, or large packets alone. The work moves while the link is dead, to the same
/// bits, and what is said names link and plane. <c>CLUSTERGD_LINK_SEEDS=10</c> tries that many moments and victims of
/// each kind; by default one of each of which something certain is said.
/// </summary>
[Collection(ClusterTests.Name)]
public sealed class HalfDeadLinkTests(ThreeJobs jobs, ITestOutputHelper output) : IDisposable
{
    private const int NodeCount = 4, TensorPort = LabCluster.TensorPort;
    private const string Job = "mlp", Seeds = "CLUSTERGD_LINK_SEEDS";
    private static readonly TimeSpan s_patience = Limits.Hang;

    /// <summary>
    /// Less than any of these faults lasts, so that the work has moved; it is a few seconds where cores are free.
    /// </summary>
    private static readonly TimeSpan s_stopMax = TimeSpan.FromSeconds(20);

    private static readonly string[] s_kinds =
        ["tensors of a node", "tensors of a pair", "tensors from a node", "tensors to a node",
            "large packets of tensors", "large packets", "all of a pair", "client and coordinator"];

    private static readonly string[] s_kindsByDefault =
        ["tensors of a node", "tensors of a pair", "tensors from a node", "tensors to a node",
            "large packets of tensors"];

    private static readonly string[] s_longKinds =
    [
        "tensors of a node for 25 s", "loss", "coordinator to client", "client to coordinator",
        "large packets of the client",
    ];

    private LabCluster? _cluster;
    private string _run = "";
    private string[] _options = [];

    public static TheoryData<string, int> Cases()
    {
        var cases = new TheoryData<string, int>();
        foreach (string kind in s_kinds.Concat(s_longKinds))
        {
            int seedsByDefault = s_kindsByDefault.Contains(kind) ? 1 : 0;
            foreach (int seed in RandomSeeds.Of(Seeds, seedsByDefault)) cases.Add(kind, seed);
        }
        return cases;
    }

    public void Dispose() => _cluster?.Dispose();

    [SkippableTheory, Trait("Depth", "deep"), MemberData(nameof(Cases))]
    public async Task Nodes_LinkIsHalfDead_TheWorkMovesToTheSameBits(string kind, int seed)
    {
        var random = new Random(seed);
        bool isLong = s_longKinds.Contains(kind);
        var training = Start(epochs: kind == "loss" ? 60 : isLong ? 400 : 120);
        await Task.Delay(random.Next(2000));
        int victim = random.Next(NodeCount), peer = (victim + random.Next(1, NodeCount)) % NodeCount;
        // The oldest node has the coordinator.
        if (kind.Contains("client")) (victim, peer) = (0, NodeCount);
        await StrikeAsync(kind, victim, peer);
        int code = training.WaitForExit(s_patience);

        Assert.True(code == 0, training.Output);
        Assert.Equal(jobs.HashOf(Job, _options), ThreeJobs.HashIn(training.Output));
        Assert.False(training.Output.Contains("begins anew") && !IsAnotherSilent(training, victim), training.Output);
        var stop = Enumerable.Range(0, NodeCount).Except([victim, peer])
            .Min(node => LongestStep(_cluster!.Nodes[node]));
        output.WriteLine($"{kind}, seed {seed}: no step for {stop.TotalSeconds:F1} s at most; " + string.Join(
            " | ", training.Output.Split('\n').Where(line => line.Contains("its work goes to"))));
        Assert.True(stop < s_stopMax, $"no step for {stop.TotalSeconds:F1} s\n{training.Output}");
        string? said = kind switch
        {
            "loss" => "packet loss (",
            "all of a pair" => null,
            // The control messages that do not arrive any more may tell first that the node is silent.
            "large packets" or "large packets of the client" => null,
            "client and coordinator" or "coordinator to client" or "client to coordinator" =>
                "do not hear each other; ",
            "large packets of tensors" => "large packets do not arrive: MTU?",
            _ => "do not arrive since",
        };
        if (said is null) return;
        Assert.Contains(said, training.Output, StringComparison.Ordinal);
        // No step is late because of the client.
        if (kind.Contains("client")) return;
        var why = jobs.Cli.Run("why", _run);
        Assert.Contains(said, why.Output, StringComparison.Ordinal);
    }

    [SkippableFact, Trait("Depth", "deep")]
    public void Client_TensorsDoNotReachItAtTheEnd_NodesAreFreeAgainAndTheRunCanBeResumed()
    {
        var training = Start(epochs: 30);
        _cluster!.ClientHost.DropPort(PortOfTensors(_cluster.ClientHost), LinkDirection.In);
        int code = training.WaitForExit(s_patience);

        Assert.True(code == LabCluster.ClusterLost, training.Output);
        Assert.Contains("did not reach", training.Output, StringComparison.Ordinal);
        Assert.Contains($"clustergd resume", training.Output, StringComparison.Ordinal);
        foreach (var node in _cluster.Nodes) node.WaitForLine("is over", s_patience);
        var resumed = jobs.Cli.Run("resume", _run, "--quiet");
        Assert.True(resumed.ExitCode == 0, resumed.Error);
        Assert.Equal(jobs.HashOf(Job, _options), ThreeJobs.HashIn(resumed.Output));
    }

    private async Task StrikeAsync(string kind, int victim, int peerOfVictim)
    {
        LabHost host = _cluster!.Hosts[victim], peer = _cluster.Hosts[peerOfVictim];
        switch (kind)
        {
            case "tensors of a node":
                host.DropPort(TensorPort);
                break;
            case "tensors of a pair":
                host.DropPort(TensorPort, peer: peer);
                break;
            case "tensors from a node":
                host.DropPort(TensorPort, LinkDirection.Out, isReceiversPort: true);
                break;
            case "tensors to a node":
                host.DropPort(TensorPort, LinkDirection.In, isReceiversPort: true);
                break;
            case "large packets of the client":
                peer.DropLarge(LinkDirection.Out);
                break;
            case "large packets":
                host.DropLarge(LinkDirection.Out);
                break;
            case "large packets of tensors":
                host.DropLarge(LinkDirection.Out, TensorPort);
                break;
            case "all of a pair" or "client and coordinator":
                host.Drop(LinkDirection.Both, peer);
                break;
            case "coordinator to client":
                host.Drop(LinkDirection.Out, peer);
                break;
            case "client to coordinator":
                host.Drop(LinkDirection.In, peer);
                break;
            case "tensors of a node for 25 s":
                host.DropPort(TensorPort);
                await Task.Delay(TimeSpan.FromSeconds(25));
                host.Heal();
                break;
            case "loss":
                foreach (var one in _cluster.Hosts.Take(NodeCount)) one.Lose(one == host ? 0.3 : 0.2);
                break;
        }
    }

    /// <summary>
    /// A busy machine may keep a second node from speaking; the two together may have been all that had a slice.
    /// </summary>
    private bool IsAnotherSilent(LabProcess training, int victim) => Enumerable.Range(0, NodeCount)
        .Where(node => node != victim)
        .Any(node => training.Output.Contains($"node {_cluster!.AddressOf(node)} is silent"));

    /// <summary>As the node tells it when the run is over.</summary>
    private static TimeSpan LongestStep(LabProcess node)
    {
        const string Mark = "; longest step ";
        string line = node.WaitForLine(Mark, s_patience);
        string seconds = line[(line.IndexOf(Mark, StringComparison.Ordinal) + Mark.Length)..].Split(' ')[0];
        return TimeSpan.FromSeconds(double.Parse(seconds, CultureInfo.InvariantCulture));
    }

    /// <summary>The one of a client that listens on all its addresses.</summary>
    private static int PortOfTensors(LabHost host)
    {
        const string Anywhere = "00000000:", Listening = "0A";
        var listening = host.Read("/proc/net/tcp").Split('\n')
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .First(words => words.Length > 3 && words[1].StartsWith(Anywhere, StringComparison.Ordinal)
                && words[3] == Listening);
        return Convert.ToInt32(listening[1][Anywhere.Length..], 16);
    }

    private LabProcess Start(int epochs)
    {
        _cluster = LabCluster.Start(NodeCount);
        _run = jobs.NewRunFolder();
        _options = ["--set", $"training.epochs={epochs}"];
        return _cluster.Train(jobs[Job], _run, _options);
    }
}
