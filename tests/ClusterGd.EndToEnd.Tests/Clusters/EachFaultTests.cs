using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using ClusterGd.EndToEnd.Tests.Network;
using ClusterGd.Tests;
using Xunit;
using Xunit.Abstractions;

namespace ClusterGd.EndToEnd.Tests.Clusters;

/// <summary>
/// Each kind of fault once, one after another, over one run on four machines, and no step waits for long. SilenceTests
/// and HalfDeadLinkTests try each in runs of its own, at other victims and moments, and what is said of it.
/// </summary>
[Collection(ClusterTests.Name)]
public sealed partial class EachFaultTests(ThreeJobs jobs, ITestOutputHelper output) : IDisposable
{
    private const int NodeCount = 4;
    private static readonly TimeSpan s_patience = Limits.Hang;

    /// <summary>Longer than silence is borne, so that the work moves.</summary>
    private static readonly TimeSpan s_time = TimeSpan.FromSeconds(3.5);

    /// <summary>A few seconds where cores are free.</summary>
    private static readonly TimeSpan s_stopMax = TimeSpan.FromSeconds(20);

    /// <summary>Those after which a node gets no work for a while come last.</summary>
    private static readonly (string Kind, LinkDirection Direction)[] s_faults =
    [
        (LabFault.Kill, LinkDirection.Both),
        (LabFault.Leave, LinkDirection.Both),
        (LabFault.Pause, LinkDirection.Both),
        (LabFault.CutOff, LinkDirection.Both),
        (LabFault.CutOff, LinkDirection.In),
        (LabFault.CutOff, LinkDirection.Out),
        (LabFault.Flapping, LinkDirection.Both),
        (LabFault.Halves, LinkDirection.Both),
        (LabFault.Client, LinkDirection.Both),
        (LabFault.Pair, LinkDirection.Both),
        (LabFault.Loss, LinkDirection.Both),
        (LabFault.Tensors, LinkDirection.Both),
        (LabFault.TensorsOfPair, LinkDirection.Out),
        (LabFault.LargePackets, LinkDirection.Out),
        (LabFault.KillAll, LinkDirection.Both),
        (LabFault.LargePacketsOfTensors, LinkDirection.Out),
    ];

    private readonly List<int> _begunAgain = [];
    private LabCluster? _cluster;

    public void Dispose() => _cluster?.Dispose();

    [SkippableFact]
    public async Task Run_EachFaultInTurn_HasTheBitsOfAReplayInOneProcess()
    {
        _cluster = LabCluster.Start(NodeCount);
        string run = jobs.NewRunFolder();
        var client = _cluster.Train(jobs["mlp"], run,
        [
            "--set", "training.epochs=1000000", "--set", "cluster.backups=2", "--set", "checkpoint.everySeconds=1",
        ]);
        for (int i = 0; i < s_faults.Length; i++)
        {
            var since = Stopwatch.StartNew();
            var (kind, direction) = s_faults[i];
            var workers = await TwoWithWorkAsync(client);
            int victim = workers[i % workers.Count], peer = workers[(i + 1) % workers.Count];
            var waited = since.Elapsed;
            if (kind == LabFault.KillAll) _begunAgain.Add(EvaluationCount(run));
            await new LabFault(kind, victim, peer, direction, s_time).StrikeAsync(_cluster);
            _cluster.RestartEnded();
            await GoesOnAsync(run, client);
            output.WriteLine($"{kind} {victim} {peer}: {waited.TotalSeconds:F1} s, {since.Elapsed.TotalSeconds:F1} s");
        }
        double stop = LongestStop(run);
        output.WriteLine($"no evaluation for {stop:F1} s at most");
        Assert.True(stop < s_stopMax.TotalSeconds, $"no evaluation for {stop:F1} s\n{client.Output}");
        output.WriteLine(LabCluster.InterruptAndReplay(client, run, jobs.Cli, s_patience));
    }

    /// <summary>A fault at nodes that have no work would show nothing.</summary>
    private async Task<List<int>> TwoWithWorkAsync(LabProcess client)
    {
        var since = Stopwatch.StartNew();
        while (true)
        {
            var workers = WithWork(client.Output);
            if (workers.Count >= 2) return workers;
            Assert.True(since.Elapsed < s_patience && !client.HasExited, client.Output);
            await Task.Delay(50);
        }
    }

    /// <summary>As the client has told it last; all where it has begun anew.</summary>
    private List<int> WithWork(string output)
    {
        string last = output.Split('\n').LastOrDefault(line => Work().IsMatch(line), "");
        return [.. Enumerable.Range(0, NodeCount).Where(node =>
            !last.Contains(" to ", StringComparison.Ordinal) || last.EndsWith(_cluster!.AddressOf(node))
            || last.Contains($"{_cluster.AddressOf(node)},", StringComparison.Ordinal))];
    }

    /// <summary>Two more evaluations come: the first may have been on its way.</summary>
    private static async Task GoesOnAsync(string run, LabProcess client)
    {
        var since = Stopwatch.StartNew();
        for (int count = EvaluationCount(run); EvaluationCount(run) < count + 2; await Task.Delay(50))
        {
            Assert.True(since.Elapsed < s_patience && !client.HasExited, client.Output);
        }
    }

    /// <summary>
    /// In seconds of the run, whose evaluations are tenths of seconds apart without faults. One that goes on from a
    /// checkpoint makes evaluations again that have been told.
    /// </summary>
    private double LongestStop(string run)
    {
        double[] times = [.. File.ReadLines(Path.Combine(run, "metrics.jsonl")).Select(SecondsOf)];
        return times.Zip(times.Skip(1), (before, after) => after - before)
            .Where((_, index) => !_begunAgain.Any(count => index >= count - 1 && index < count + 3)).Max();

        static double SecondsOf(string line)
        {
            using var json = JsonDocument.Parse(line);
            return json.RootElement.GetProperty("elapsedSeconds").GetDouble();
        }
    }

    private static int EvaluationCount(string run) => File.ReadLines(Path.Combine(run, "metrics.jsonl")).Count();

    [GeneratedRegex("its work goes to|the work moves to|begins anew|goes on from the checkpoint")]
    private static partial Regex Work();
}
