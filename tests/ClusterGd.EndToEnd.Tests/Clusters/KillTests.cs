using ClusterGd.EndToEnd.Tests.Network;
using ClusterGd.Tests;
using Xunit;
using Xunit.Abstractions;

namespace ClusterGd.EndToEnd.Tests.Clusters;

/// <summary>
/// Node processes killed at random steps. <c>CLUSTERGD_KILL_SEEDS=50</c> tries that many moments,
/// <c>CLUSTERGD_SEED=7</c> that one.
/// </summary>
[Collection(ClusterTests.Name)]
public sealed class KillTests(ThreeJobs jobs, ITestOutputHelper output) : IDisposable
{
    private const int SeedsByDefault = 1;
    private static readonly TimeSpan s_patience = Limits.Hang, s_look = TimeSpan.FromMilliseconds(10);
    private readonly List<LocalNode> _nodes = [];
    private LabProcess? _client;
    private string[] _oneStepAnEpoch = [];

    public static TheoryData<int> Seeds() => [.. RandomSeeds.Of("CLUSTERGD_KILL_SEEDS", SeedsByDefault)];

    public void Dispose()
    {
        _client?.Dispose();
        foreach (var node in _nodes) node.Dispose();
    }

    /// <summary>The first has the coordinator; by the order of addresses one of the three has the slice.</summary>
    [Theory, Trait("Depth", "deep")]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Node_Killed_LosesNoStepWhateverItHad(int victim)
    {
        await KillAsync("logistic", epochs: 180, nodes: 3, backups: 1, step: 500 + 700 * victim, victim);
    }

    [Theory, Trait("Depth", "deep"), MemberData(nameof(Seeds))]
    public async Task Node_KilledAtARandomStep_LosesNoStep(int seed)
    {
        var random = new Random(seed);
        await KillAsync("mlp", epochs: 120, nodes: 4, backups: 1, random.Next(10, 2000), random.Next(4));
    }

    [Fact, Trait("Depth", "deep")]
    public async Task Nodes_TwoKilledAtOnce_LoseNoStepWithTwoBackups() =>
        await KillAsync("mlp", epochs: 120, nodes: 4, backups: 2, step: 1500, 0, 2);

    /// <summary>More than a message holds: the next coordinator asks for them page by page.</summary>
    [Fact, Trait("Depth", "deep")]
    public async Task Coordinator_KilledAfterThousandsOfEvaluations_NoneIsMissing()
    {
        _oneStepAnEpoch = ["--set", "training.batchSize=4000"];
        string run = await KillAsync("logistic", epochs: 3000, nodes: 3, backups: 1, step: 2200, 0);

        Assert.Equal(3000, File.ReadLines(Path.Combine(run, "metrics.jsonl")).Count());
    }

    private async Task<string> KillAsync(
        string job, int epochs, int nodes, int backups, int step, params int[] victims)
    {
        string run = jobs.NewRunFolder();
        string[] longer = ["--set", $"training.epochs={epochs}", .. _oneStepAnEpoch];
        var first = Add();
        for (int i = 1; i < nodes; i++) Add(first.Address);
        foreach (var node in _nodes) node.WaitUntilUp();
        var witness = _nodes.Where((_, i) => !victims.Contains(i)).First();
        _client = new LabProcess("dotnet",
        [
            Cli.Program, "train", jobs[job], "--cluster", witness.Address, "--nodes-min", $"{nodes}", "--run-dir",
            run, .. longer, "--set", $"cluster.backups={backups}",
        ]);
        await Reached(witness, step);
        foreach (int victim in victims) _nodes[victim].Process.Kill();

        int code = _client.WaitForExit(s_patience);
        Assert.True(code == 0, _client.Output);
        Assert.Equal(jobs.HashOf(job, longer), ThreeJobs.HashIn(_client.Output));
        Assert.Contains("is gone; its work goes to", _client.Output);
        Assert.DoesNotContain("begins anew", _client.Output);
        output.WriteLine($"killed {string.Join(", ", victims)} at step {step}: the longest step took " +
            $"{witness.LongestStep(run: 1)} s");
        return run;
    }

    private LocalNode Add(params string[] seeds)
    {
        var node = new LocalNode(seeds);
        _nodes.Add(node);
        return node;
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
}
