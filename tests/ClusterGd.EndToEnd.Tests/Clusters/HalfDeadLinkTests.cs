using System.Text.Json;
using ClusterGd.EndToEnd.Tests.Network;
using Xunit;
using Xunit.Abstractions;

namespace ClusterGd.EndToEnd.Tests.Clusters;

/// <summary>
/// Links that work by half, in a network of machines of their own: tensors do not arrive while control messages do, of
/// one node or one pair, in one direction, or large packets alone. The work moves within seconds, to the same bits, and
/// what is said names link and plane. <c>CLUSTERGD_LINK_SEEDS=10</c> tries that many moments and victims of each kind,
/// and the long kinds, too.
/// </summary>
[Collection(ClusterTests.Name)]
public sealed class HalfDeadLinkTests(ThreeJobs jobs, ITestOutputHelper output) : IDisposable
{
    private const int NodeCount = 4, TensorPort = 4054, ClusterLost = 4;
    private const string Job = "mlp", Seeds = "CLUSTERGD_LINK_SEEDS";
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(4);

    private static readonly string[] s_kinds =
        ["tensors of a node", "tensors of a pair", "tensors from a node", "tensors to a node", "large packets",
            "all of a pair"];

    private static readonly string[] s_longKinds = ["tensors of a node for 25 s", "loss"];

    private readonly List<LabProcess> _nodes = [];
    private NetworkLab? _lab;
    private string _run = "";
    private string[] _options = [];

    public static TheoryData<string, int> Cases()
    {
        var cases = new TheoryData<string, int>();
        foreach (string kind in s_kinds.Concat(s_longKinds))
        {
            foreach (int seed in RandomSeeds.Of(Seeds, s_longKinds.Contains(kind) ? 0 : 1)) cases.Add(kind, seed);
        }
        return cases;
    }

    public void Dispose() => _lab?.Dispose();

    [SkippableTheory, MemberData(nameof(Cases))]
    public async Task Nodes_LinkIsHalfDead_TheWorkMovesWithinSecondsToTheSameBits(string kind, int seed)
    {
        var random = new Random(seed);
        bool isLong = s_longKinds.Contains(kind);
        var training = Start(epochs: kind == "loss" ? 60 : isLong ? 400 : 120);
        await Task.Delay(random.Next(2000));
        await StrikeAsync(kind, random.Next(NodeCount), random.Next(1, NodeCount));
        int code = training.WaitForExit(s_patience);

        Assert.True(code == 0, training.Output);
        Assert.Equal(jobs.HashOf(Job, _options), ThreeJobs.HashIn(training.Output));
        Assert.False(training.Output.Contains("begins anew"), training.Output);
        double stop = LongestStop();
        output.WriteLine($"{kind}, seed {seed}: no step for {stop:F1} s at most; " + string.Join(
            " | ", training.Output.Split('\n').Where(line => line.Contains("its work goes to"))));
        Assert.True(stop < (kind == "loss" ? 10 : 5), $"no step for {stop:F1} s\n{training.Output}");
        string? said = kind switch
        {
            "loss" => null,
            "large packets" => "large packets do not arrive: MTU?",
            "all of a pair" => null,
            _ => "do not arrive since",
        };
        if (said is null) return;
        Assert.Contains(said, training.Output, StringComparison.Ordinal);
        var why = jobs.Cli.Run("why", _run);
        Assert.Contains(said, why.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Client_TensorsDoNotReachItAtTheEnd_NodesAreFreeAgainAndTheRunCanBeResumed()
    {
        var training = Start(epochs: 30);
        _lab!.Hosts[NodeCount].DropPort(PortOfTensors(_lab.Hosts[NodeCount]), LinkDirection.In);
        int code = training.WaitForExit(s_patience);

        Assert.True(code == ClusterLost, training.Output);
        Assert.Contains("did not reach", training.Output, StringComparison.Ordinal);
        Assert.Contains($"clustergd resume", training.Output, StringComparison.Ordinal);
        foreach (var node in _nodes) node.WaitForLine("is over", s_patience);
        var resumed = jobs.Cli.Run("resume", _run, "--quiet");
        Assert.True(resumed.ExitCode == 0, resumed.Error);
        Assert.Equal(jobs.HashOf(Job, _options), ThreeJobs.HashIn(resumed.Output));
    }

    private async Task StrikeAsync(string kind, int victim, int distance)
    {
        var host = _lab!.Hosts[victim];
        var peer = _lab.Hosts[(victim + distance) % NodeCount];
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
            case "large packets":
                host.DropLarge(LinkDirection.Out);
                break;
            case "all of a pair":
                host.Drop(LinkDirection.Both, peer);
                break;
            case "tensors of a node for 25 s":
                host.DropPort(TensorPort);
                await Task.Delay(TimeSpan.FromSeconds(25));
                host.Heal();
                break;
            case "loss":
                foreach (var one in _lab.Hosts.Take(NodeCount)) one.Lose(one == host ? 0.3 : 0.2);
                break;
        }
    }

    /// <summary>An evaluation comes every 24 steps: between two of them lies every stop.</summary>
    private double LongestStop()
    {
        var evaluated = File.ReadLines(Path.Combine(_run, "events.jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Where(e => e.GetProperty("kind").GetString() == "evaluated")
            .Select(e => e.GetProperty("seconds").GetDouble()).ToList();
        return evaluated.Zip(evaluated.Skip(1), (one, next) => next - one).Max();
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
        _lab = NetworkLab.TryCreate(NodeCount + 1, out string reason);
        Skip.If(_lab is null, reason);
        var hosts = _lab!.Hosts;
        string seed = $"{hosts[0].Address}:4053";
        foreach (var host in hosts.Take(NodeCount))
        {
            _nodes.Add(host.StartCli("node", "--host", host.Address, "--threads", "1", "--seed", seed));
        }
        foreach (var node in _nodes) node.WaitForLine("is up", s_patience);
        _run = jobs.NewRunFolder();
        _options = ["--set", $"training.epochs={epochs}"];
        var training = hosts[NodeCount].StartCli(
        [
            "train", jobs[Job], "--cluster", seed, "--nodes-min", $"{NodeCount}", "--run-dir", _run, .. _options,
        ]);
        training.WaitForLine("epoch ", s_patience);
        return training;
    }
}
