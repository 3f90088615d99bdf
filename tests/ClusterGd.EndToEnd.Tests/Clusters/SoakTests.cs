using System.Diagnostics;
using System.Globalization;
using ClusterGd.EndToEnd.Tests.Network;
using ClusterGd.Tests;
using Xunit;
using Xunit.Abstractions;

namespace ClusterGd.EndToEnd.Tests.Clusters;

/// <summary>
/// Random faults over one long run, each node on a machine of its own: kills and restarts at the same port, pauses,
/// links cut in one direction or both, between all or a pair, also the client's, and links that work by half: no
/// tensors, no large packets, a share of the packets. <c>CLUSTERGD_SOAK_MINUTES=60</c> runs it for so long,
/// <c>CLUSTERGD_SEED=7</c> draws other faults.
/// </summary>
[Collection(ClusterTests.Name)]
public sealed class SoakTests(ThreeJobs jobs, ITestOutputHelper output) : IDisposable
{
    private const int NodeCount = 4;
    private const string Minutes = "CLUSTERGD_SOAK_MINUTES";

    /// <summary>What a process may hold more at the end than after its first minute.</summary>
    private const int MegabytesMax = 40, DescriptorsMax = 40;

    /// <summary>One node, again and again.</summary>
    private const string Kills = "kills";

    private static readonly string[] s_kinds =
    [
        LabFault.Kill, Kills, LabFault.Pause, LabFault.CutOff, LabFault.Pair, LabFault.Client, LabFault.Tensors,
        LabFault.TensorsOfPair, LabFault.LargePackets, LabFault.LargePacketsOfTensors, LabFault.Loss,
    ];

    private static readonly TimeSpan s_patience = Limits.Hang, s_warmUp = TimeSpan.FromMinutes(1);
    private readonly Dictionary<int, (long Since, Usage First, Usage Last)> _usages = [];
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private LabCluster? _cluster;

    private readonly record struct Usage(int Megabytes, int Descriptors)
    {
        /// <summary>Null for a process that has ended.</summary>
        public static Usage? Of(int processId)
        {
            try
            {
                string line = File.ReadLines($"/proc/{processId}/status").First(line => line.StartsWith("VmRSS:"));
                int kilobytes = int.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2],
                    CultureInfo.InvariantCulture);
                return new Usage(kilobytes / 1024, Directory.GetFiles($"/proc/{processId}/fd").Length);
            }
            catch (Exception e) when (e is IOException or InvalidOperationException or UnauthorizedAccessException)
            {
                return null;
            }
        }
    }

    public void Dispose() => _cluster?.Dispose();

    [SkippableFact, Trait("Depth", "deep")]
    public async Task Run_RandomFaults_SameHashAndNothingGrows()
    {
        string? stated = Environment.GetEnvironmentVariable(Minutes);
        Skip.If(stated is null, $"{Minutes} is not set");
        int minutes = int.Parse(stated!, CultureInfo.InvariantCulture);
        int seed = RandomSeeds.Of("CLUSTERGD_SOAK_SEEDS", byDefault: 1).First();
        var random = new Random(seed);
        // Every process keeps all evaluations: one an epoch would be most of what they hold after an hour.
        string run = jobs.NewRunFolder();
        _cluster = LabCluster.Start(NodeCount);
        var client = _cluster.Train(jobs["mlp"], run,
        [
            "--set", "training.epochs=1000000", "--set", "training.evaluateEvery=50",
            "--set", "checkpoint.everySeconds=5",
        ]);
        while (_clock.Elapsed < TimeSpan.FromMinutes(minutes))
        {
            Assert.False(client.HasExited, client.Output);
            await StrikeAsync(random, client);
            await Task.Delay(random.Next(2000, 8000));
            _cluster.RestartEnded(Log);
            Measure(client);
        }
        await GoesOnAsync(run, client);
        Log(LabCluster.InterruptAndReplay(client, run, jobs.Cli, TimeSpan.FromMinutes(minutes + 1)));
        foreach (var (process, (since, first, last)) in _usages)
        {
            var lived = Stopwatch.GetElapsedTime(since);
            Log($"process {process} after {lived.TotalMinutes:F1} min: {first} then {last}");
            Assert.True(last.Megabytes - first.Megabytes <= MegabytesMax, $"memory of {process}: {first} then {last}");
            Assert.True(last.Descriptors - first.Descriptors <= DescriptorsMax, $"{process}: {first} then {last}");
        }
    }

    /// <summary>Faults that are over hold up nothing.</summary>
    private static async Task GoesOnAsync(string run, LabProcess client)
    {
        string metrics = Path.Combine(run, "metrics.jsonl");
        long length = new FileInfo(metrics).Length;
        for (var since = Stopwatch.StartNew(); new FileInfo(metrics).Length <= length; await Task.Delay(50))
        {
            Assert.True(since.Elapsed < s_patience && !client.HasExited, client.Output);
        }
    }

    /// <summary>One fault, for a while.</summary>
    private async Task StrikeAsync(Random random, LabProcess client)
    {
        int victim = random.Next(NodeCount), peer = (victim + random.Next(1, NodeCount)) % NodeCount;
        var time = TimeSpan.FromSeconds(random.Next(1, 16));
        var direction = (LinkDirection)random.Next(1, 4);
        string kind = s_kinds[random.Next(s_kinds.Length)];
        int kills = kind == Kills ? random.Next(2, 5) : 1;
        Log($"{kind} {victim} {peer} {direction} {time.TotalSeconds:F0} s");
        if (kind is not (Kills or LabFault.Kill))
        {
            await new LabFault(kind, victim, peer, direction, time).StrikeAsync(_cluster!);
            return;
        }
        for (; kills > 0 && !client.HasExited; kills--)
        {
            _cluster!.Nodes[victim].Kill();
            if (kind == Kills) _cluster.RestartEnded(Log);
            await Task.Delay(random.Next(500, 3000));
        }
    }

    private void Measure(LabProcess client)
    {
        foreach (var process in _cluster!.Nodes.Append(client))
        {
            if (Usage.Of(process.Id) is not { } now) continue;
            if (!_usages.TryGetValue(process.Id, out var known))
            {
                _usages[process.Id] = (Stopwatch.GetTimestamp(), now, now);
            }
            else if (Stopwatch.GetElapsedTime(known.Since) < s_warmUp) _usages[process.Id] = (known.Since, now, now);
            else _usages[process.Id] = known with { Last = now };
        }
    }

    private void Log(string line) => output.WriteLine($"{_clock.Elapsed.TotalSeconds,7:F1} s: {line}");
}
