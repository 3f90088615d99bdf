using System.Diagnostics;
using System.Globalization;
using ClusterGd.EndToEnd.Tests.Network;
using Xunit;
using Xunit.Abstractions;

namespace ClusterGd.EndToEnd.Tests.Clusters;

/// <summary>
/// Nodes that die and come back at the same address, one, several or all: the run ends with the same hash and nobody is
/// left out. <c>CLUSTERGD_COMEBACK_SEEDS=10</c> tries that many schedules of crash loops, <c>CLUSTERGD_SEED=7</c> that
/// one.
/// </summary>
[Collection(ClusterTests.Name)]
public sealed class ComebackTests(ThreeJobs jobs, ITestOutputHelper output) : IDisposable
{
    private const string Job = "mlp";
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(20);
    private readonly List<LocalNode> _all = [];
    private LabProcess? _client;
    private string _runFolder = "";

    public static TheoryData<int> Seeds() => [.. RandomSeeds.Of("CLUSTERGD_COMEBACK_SEEDS", byDefault: 1)];

    public void Dispose()
    {
        _client?.Dispose();
        foreach (var node in _all) node.Dispose();
    }

    /// <summary>The one that is left has no majority; but the other's port refuses.</summary>
    [Fact]
    public void IdleNodes_FirstOfTwoIsKilled_TheOtherStaysAndTrains()
    {
        var (first, second) = StartTwo();
        first.Process.Kill();

        // Joining takes a member that is not waiting for the dead one any more.
        Start(0, second.Address).WaitUntilUp();
        Train(second, epochs: 5);
        EndWithTheSameHash(5);
        Assert.False(second.Process.HasExited, second.Process.Output);
    }

    /// <summary>As a crash loop does it: the newcomer has no tensor connection yet that could break.</summary>
    [Fact, Trait("Depth", "deep")]
    public async Task TrainingNodes_FirstOfTwoDiesAgainBeforeItHasWork_TheOtherGoesOn()
    {
        var (first, second) = StartTwo();
        Train(second, epochs: 900);
        await Reached(second, 300);
        first.Process.Kill();
        var again = Start(PortOf(first), second.Address);
        again.WaitUntilUp();
        again.Process.Kill();

        EndWithTheSameHash(900);
        Assert.False(second.Process.HasExited, second.Process.Output);
    }

    [Theory, Trait("Depth", "deep"), MemberData(nameof(Seeds))]
    public async Task TrainingNodes_CrashLoop_SameHashAndNobodyIsLeftOut(int seed)
    {
        const int NodeCount = 3, KillCount = 5, Epochs = 1200;
        var random = new Random(seed);
        int[] ports = [.. Enumerable.Range(0, NodeCount).Select(_ => FreePort.Find())];
        var nodes = new List<LocalNode> { Start(ports[0]) };
        for (int i = 1; i < NodeCount; i++) nodes.Add(Start(ports[i], nodes[0].Address));
        foreach (var node in nodes) node.WaitUntilUp();
        Train(nodes[0], Epochs);
        await Reached(nodes[0], 300);
        for (int i = 0; i < KillCount; i++)
        {
            int victim = random.Next(NodeCount);
            nodes[victim].Process.Kill();
            string[] others = [.. ports.Where(port => port != ports[victim]).Select(port => $"127.0.0.1:{port}")];
            nodes[victim] = Start(ports[victim], others);
            // Also before it is up.
            await Task.Delay(random.Next(1000, 3000));
        }
        foreach (var node in nodes)
        {
            node.Printed("tensors at", s_patience);
            var since = Stopwatch.StartNew();
            node.WaitUntilUp();
            output.WriteLine($"{node.Address} was up {since.Elapsed.TotalSeconds:F1} s later");
        }
        EndWithTheSameHash(Epochs);
    }

    [Fact, Trait("Depth", "deep")]
    public async Task AllNodes_KilledAndStartedAgain_TheClientFindsThemAndGoesOnFromItsCheckpoint()
    {
        var (first, second) = StartTwo();
        Train(first, epochs: 900);
        await Reached(first, 1000);
        await CheckpointIsWritten();
        first.Process.Kill();
        second.Process.Kill();
        _client!.WaitForLine("all nodes are gone; looks for one at", s_patience);
        // The one that the client was not told of begins the cluster.
        var begins = Start(PortOf(second));
        begins.WaitUntilUp();
        Start(PortOf(first), begins.Address);

        EndWithTheSameHash(900);
        Assert.Contains("goes on from the checkpoint of step", _client.Output);
        Assert.DoesNotContain("   at ", _client.Output);
    }

    private async Task CheckpointIsWritten()
    {
        using var patience = new CancellationTokenSource(s_patience);
        string folder = Path.Combine(_runFolder, "checkpoints");
        while (!Directory.Exists(folder) || !Directory.EnumerateFiles(folder, "step-*").Any())
        {
            await Task.Delay(s_look, patience.Token);
        }
    }

    /// <summary>The first by address has the tie between two halves.</summary>
    private (LocalNode First, LocalNode Second) StartTwo()
    {
        int[] ports = [FreePort.Find(), FreePort.Find()];
        var first = Start(ports.Min());
        first.WaitUntilUp();
        var second = Start(ports.Max(), first.Address);
        second.WaitUntilUp();
        return (first, second);
    }

    private LocalNode Start(int port, params string[] seeds)
    {
        var node = LocalNode.At(port, seeds);
        _all.Add(node);
        return node;
    }

    private void Train(LocalNode seed, int epochs)
    {
        _runFolder = jobs.NewRunFolder();
        _client = new LabProcess("dotnet",
        [
            Cli.Program, "train", jobs[Job], "--cluster", seed.Address, "--run-dir", _runFolder, .. Options(epochs),
        ]);
    }

    private static string[] Options(int epochs) =>
        ["--set", $"training.epochs={epochs}", "--set", "checkpoint.everySeconds=1"];

    private void EndWithTheSameHash(int epochs)
    {
        int code = _client!.WaitForExit(s_patience);
        Assert.True(code == 0, _client.Output);
        Assert.Equal(jobs.HashOf(Job, Options(epochs)), ThreeJobs.HashIn(_client.Output));
    }

    private async Task Reached(LocalNode witness, int step)
    {
        using var patience = new CancellationTokenSource(s_patience);
        while (await witness.StepAsync() < step)
        {
            Assert.False(_client!.HasExited, $"the training was over before step {step}:\n{_client.Output}");
            await Task.Delay(s_look, patience.Token);
        }
    }

    private static int PortOf(LocalNode node) =>
        int.Parse(node.Address.AsSpan(node.Address.LastIndexOf(':') + 1), CultureInfo.InvariantCulture);
}
