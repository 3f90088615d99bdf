using System.Diagnostics;
using System.Globalization;
using ClusterGd.EndToEnd.Tests.Network;
using Xunit;
using Xunit.Abstractions;

namespace ClusterGd.EndToEnd.Tests.Clusters;

/// <summary>
/// Random faults over one long run, each node on a machine of its own: kills and restarts at the same port, pauses,
/// links cut in one direction or both, between all or a pair, also the client's, and links that work by half: no
/// tensors, no large packets, a share of the packets. <c>CLUSTERGD_SOAK_MINUTES=60</c> runs it for about so long,
/// <c>CLUSTERGD_SEED=7</c> draws other faults.
/// </summary>
[Collection(ClusterTests.Name)]
public sealed class SoakTests(ThreeJobs jobs, ITestOutputHelper output) : IDisposable
{
    private const int NodeCount = 4, TensorPort = 4054, ClusterLost = 4, EpochsPerMinute = 1000;
    private const string Job = "mlp", Minutes = "CLUSTERGD_SOAK_MINUTES";

    /// <summary>What a process may hold more at the end than after its first minute.</summary>
    private const int MegabytesMax = 40, DescriptorsMax = 40;

    private static readonly string[] s_kinds =
    [
        "kill", "kills", "pause", "cut off", "pair", "client", "tensors", "tensors of a pair", "large packets",
        "large packets of tensors", "loss",
    ];

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(4), s_warmUp = TimeSpan.FromMinutes(1);
    private readonly LabProcess[] _nodes = new LabProcess[NodeCount];
    private readonly Dictionary<int, (long Since, Usage First, Usage Last)> _usages = [];
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private NetworkLab? _lab;

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

    public void Dispose() => _lab?.Dispose();

    [SkippableFact]
    public async Task Run_RandomFaults_SameHashAndNothingGrows()
    {
        string? stated = Environment.GetEnvironmentVariable(Minutes);
        Skip.If(stated is null, $"{Minutes} is not set");
        int minutes = int.Parse(stated!, CultureInfo.InvariantCulture);
        int seed = RandomSeeds.Of("CLUSTERGD_SOAK_SEEDS", byDefault: 1).First();
        var random = new Random(seed);
        // Every process keeps all evaluations: one an epoch would be most of what they hold after an hour.
        string[] options =
        [
            "--set", $"training.epochs={minutes * EpochsPerMinute}", "--set", "training.evaluateEvery=50",
            "--set", "checkpoint.everySeconds=5",
        ];
        var client = Start(options);
        while (!client.HasExited)
        {
            Assert.True(_clock.Elapsed < TimeSpan.FromMinutes(3 * minutes + 5), $"it does not end\n{client.Output}");
            await StrikeAsync(random, client);
            await Task.Delay(random.Next(2000, 8000));
            RestartEnded();
            Measure(client);
        }
        Assert.True(client.WaitForExit(s_patience) == 0, client.Output);
        Assert.Equal(jobs.HashOf(Job, options), ThreeJobs.HashIn(client.Output));
        foreach (var (process, (since, first, last)) in _usages)
        {
            var lived = Stopwatch.GetElapsedTime(since);
            Log($"process {process} after {lived.TotalMinutes:F1} min: {first} then {last}");
            Assert.True(last.Megabytes - first.Megabytes <= MegabytesMax, $"memory of {process}: {first} then {last}");
            Assert.True(last.Descriptors - first.Descriptors <= DescriptorsMax, $"{process}: {first} then {last}");
        }
    }

    /// <summary>One fault, for a while.</summary>
    private async Task StrikeAsync(Random random, LabProcess client)
    {
        var hosts = _lab!.Hosts;
        int victim = random.Next(NodeCount), peer = (victim + random.Next(1, NodeCount)) % NodeCount;
        var time = TimeSpan.FromSeconds(random.Next(1, 16));
        var direction = (LinkDirection)random.Next(1, 4);
        string kind = s_kinds[random.Next(s_kinds.Length)];
        Log($"{kind} {victim} {peer} {direction} {time.TotalSeconds:F0} s");
        switch (kind)
        {
            case "kill":
                _nodes[victim].Kill();
                await Task.Delay(random.Next(3000));
                break;
            case "kills":
                for (int i = random.Next(2, 5); i > 0 && !client.HasExited; i--)
                {
                    _nodes[victim].Kill();
                    RestartEnded();
                    await Task.Delay(random.Next(500, 3000));
                }
                break;
            case "pause":
                _nodes[victim].Pause();
                await Task.Delay(time);
                _nodes[victim].Continue();
                break;
            case "client":
                await HealAfterAsync(time, hosts[NodeCount], host => host.Drop(direction, hosts[victim]));
                break;
            default:
                await HealAfterAsync(time, hosts[victim], host => Strike(kind, host, direction, hosts[peer]));
                break;
        }
    }

    private static void Strike(string kind, LabHost host, LinkDirection direction, LabHost peer)
    {
        switch (kind)
        {
            case "cut off":
                host.Drop(direction);
                break;
            case "pair":
                host.Drop(direction, peer);
                break;
            case "tensors":
                host.DropPort(TensorPort, direction);
                break;
            case "tensors of a pair":
                host.DropPort(TensorPort, direction, peer);
                break;
            case "large packets":
                host.DropLarge(direction);
                break;
            case "large packets of tensors":
                host.DropLarge(direction, TensorPort);
                break;
            case "loss":
                host.Lose(0.3);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(kind), kind, "no such fault");
        }
    }

    private static async Task HealAfterAsync(TimeSpan time, LabHost host, Action<LabHost> strike)
    {
        strike(host);
        await Task.Delay(time);
        host.Heal();
    }

    private void RestartEnded()
    {
        for (int i = 0; i < NodeCount; i++)
        {
            if (!_nodes[i].HasExited) continue;
            int code = _nodes[i].WaitForExit(s_patience);
            if (code != 137) Log($"node {i} ended with code {code}: {_nodes[i].Output.Split('\n')[^1]}");
            Assert.True(code is 137 or ClusterLost, _nodes[i].Output);
            StartNode(i, [.. Enumerable.Range(0, NodeCount).Where(j => j != i && !_nodes[j].HasExited)]);
        }
    }

    private void Measure(LabProcess client)
    {
        foreach (var process in _nodes.Append(client))
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

    private LabProcess Start(string[] options)
    {
        _lab = NetworkLab.TryCreate(NodeCount + 1, out string reason);
        Skip.If(_lab is null, reason);
        for (int i = 0; i < NodeCount; i++)
        {
            StartNode(i, i == 0 ? [] : [0]);
            _nodes[i].WaitForLine("is up", s_patience);
        }
        var client = _lab!.Hosts[NodeCount].StartCli(
        [
            "train", jobs[Job], "--cluster", $"{_lab.Hosts[0].Address}:4053", "--nodes-min", $"{NodeCount}",
            "--run-dir", jobs.NewRunFolder(), .. options,
        ]);
        client.WaitForLine("epoch ", s_patience);
        return client;
    }

    private void StartNode(int index, int[] seeds)
    {
        var hosts = _lab!.Hosts;
        _nodes[index] = hosts[index].StartCli(
        [
            "node", "--host", hosts[index].Address, "--threads", "1",
            .. seeds.SelectMany(seed => new[] { "--seed", $"{hosts[seed].Address}:4053" }),
        ]);
    }
}
