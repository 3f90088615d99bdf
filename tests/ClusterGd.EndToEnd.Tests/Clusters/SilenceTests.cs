using System.Diagnostics;
using ClusterGd.EndToEnd.Tests.Network;
using ClusterGd.Tests;
using Xunit;
using Xunit.Abstractions;

namespace ClusterGd.EndToEnd.Tests.Clusters;

/// <summary>
/// Nodes that stand still or cannot be reached, each on a machine of its own: the others go on without them, to the
/// same bits, without going back, and nobody is left hanging. <c>CLUSTERGD_SILENCE_SEEDS=50</c> tries that many moments
/// and victims, <c>CLUSTERGD_SEED=7</c> those of one.
/// </summary>
[Collection(ClusterTests.Name)]
public sealed class SilenceTests(ThreeJobs jobs, ITestOutputHelper output) : IDisposable
{
    private const int NodeCount = 4;
    private const string Job = "mlp";
    private static readonly TimeSpan s_patience = Limits.Hang;
    private static readonly string[] s_kinds =
        ["pause", "cut off", "deaf", "dumb", "cut in halves", "flapping", "client and one node"];

    private LabCluster? _cluster;
    private string[] _longer = [];

    public static TheoryData<string, int> Cases()
    {
        var cases = new TheoryData<string, int>();
        foreach (string kind in s_kinds)
        {
            // EachFaultTests has each once, and only this one ends a node.
            int seedsByDefault = kind is "cut off" ? 1 : 0;
            foreach (int seed in RandomSeeds.Of("CLUSTERGD_SILENCE_SEEDS", seedsByDefault)) cases.Add(kind, seed);
        }
        return cases;
    }

    public void Dispose() => _cluster?.Dispose();

    [SkippableTheory, Trait("Depth", "deep"), MemberData(nameof(Cases))]
    public async Task Nodes_SomeFallSilent_ChangesNoBitAndHangsNobody(string kind, int seed)
    {
        var random = new Random(seed);
        int victim = random.Next(NodeCount);
        _longer = ["--set", $"training.epochs={(IsLong(kind) ? 400 : 120)}"];
        _cluster = LabCluster.Start(NodeCount);
        var training = _cluster.Train(
            jobs[Job], jobs.NewRunFolder(), [.. _longer, "--set", "cluster.backups=2"]);
        await Task.Delay(random.Next(2000));
        var since = Stopwatch.StartNew();
        await Strike(kind, victim, random);
        int code = training.WaitForExit(s_patience);

        Assert.True(code == 0, training.Output);
        Assert.Equal(jobs.HashOf(Job, _longer), ThreeJobs.HashIn(training.Output));
        Assert.False(training.Output.Contains("begins anew"), training.Output);
        foreach (var node in _cluster.Nodes)
        {
            // Who is still a member serves the next run; who is none has said so and ended.
            if (!node.Output.Contains("have given this one up")) continue;
            Assert.Equal(LabCluster.ClusterLost, node.WaitForExit(s_patience));
        }
        // Whoever hears nobody cannot serve.
        if (kind == "cut off") Assert.Equal(LabCluster.ClusterLost, _cluster.Nodes[victim].WaitForExit(s_patience));
        var decisions = training.Output.Split('\n').Where(line => line.Contains("its work goes to"));
        output.WriteLine($"{kind}, seed {seed}, node {victim}: the run was over {since.Elapsed.TotalSeconds:F1} s " +
            $"later; {string.Join(" | ", decisions)}");
    }

    /// <summary>
    /// Each goes on alone with what it has, as long as it has not heard that another has taken over.
    /// </summary>
    [SkippableFact, Trait("Depth", "deep")]
    public async Task Coordinators_CutOffOneAfterAnother_ChangeNoBit()
    {
        var random = new Random(1);
        string run = jobs.NewRunFolder();
        _cluster = LabCluster.Start(NodeCount);
        var training = _cluster.Train(
            jobs[Job], run, "--set", "training.epochs=1000000", "--set", "cluster.backups=2");
        for (int i = 0; i < 4; i++)
        {
            foreach (var direction in (LinkDirection[])[LinkDirection.Both, (LinkDirection)random.Next(1, 3)])
            {
                var time = TimeSpan.FromSeconds(2.5 + 2 * random.NextDouble());
                await new LabFault(LabFault.CutOff, Coordinator(training), 0, direction, time).StrikeAsync(_cluster);
            }
            _cluster.RestartEnded();
        }
        output.WriteLine(LabCluster.InterruptAndReplay(training, run, jobs.Cli, s_patience));
    }

    /// <summary>It has no work to guard: its process stays, and joins again once it can.</summary>
    [SkippableFact, Trait("Depth", "deep")]
    public void IdleNode_CutOff_JoinsAgainOnceItIsReached()
    {
        _cluster = LabCluster.Start(2);
        var nodes = _cluster.Nodes;
        _cluster.Hosts[1].Drop(LinkDirection.Both);
        nodes[1].WaitForLine("it has no work, and joins again by 10.77.0.1:4053", s_patience);
        _cluster.Hosts[1].Heal();
        nodes[1].WaitForLine("is up", s_patience, count: 2);
        Assert.False(nodes[0].HasExited, nodes[0].Output);
        Assert.Single(nodes[0].Output.Split('\n'), line => line == "begins a cluster");
        Assert.DoesNotContain("begins a cluster", nodes[1].Output);
    }

    /// <summary>As the client has been told.</summary>
    private int Coordinator(LabProcess training)
    {
        string last = training.Output.Split('\n').LastOrDefault(line => line.StartsWith("the coordinator is now"), "");
        return Enumerable.Range(0, NodeCount).FirstOrDefault(node => last.Contains(_cluster!.AddressOf(node)));
    }

    /// <summary>Long enough for the one that wakes up again, or comes and goes, to find the run going on.</summary>
    private static bool IsLong(string kind) => kind is "pause" or "flapping" or "client and one node";

    private async Task Strike(string kind, int victim, Random random)
    {
        var hosts = _cluster!.Hosts;
        switch (kind)
        {
            case "pause":
                _cluster.Nodes[victim].Pause();
                await Task.Delay(TimeSpan.FromSeconds(15));
                _cluster.Nodes[victim].Continue();
                break;
            case "cut off":
                hosts[victim].Drop(LinkDirection.Both);
                break;
            case "deaf":
                hosts[victim].Drop(LinkDirection.In);
                break;
            case "dumb":
                hosts[victim].Drop(LinkDirection.Out);
                break;
            case "cut in halves":
                // The half with the first address goes on, and the client is there.
                foreach (var one in hosts.Skip(NodeCount / 2).Take(NodeCount / 2))
                {
                    foreach (var other in hosts.Take(NodeCount / 2).Append(hosts[NodeCount]))
                    {
                        one.Drop(LinkDirection.Both, other);
                    }
                }
                break;
            case "client and one node":
                hosts[NodeCount].Drop(LinkDirection.Both, hosts[victim]);
                await Task.Delay(TimeSpan.FromSeconds(40));
                hosts[NodeCount].Heal();
                break;
            case "flapping":
                for (int i = 0; i < 3; i++)
                {
                    hosts[victim].Drop(LinkDirection.Both);
                    // Around the time after which a silent member is marked.
                    await Task.Delay(random.Next(2500, 7000));
                    hosts[victim].Heal();
                    await Task.Delay(800);
                }
                break;
        }
    }
}
