using ClusterGd.EndToEnd.Tests.Network;
using Xunit;
using Xunit.Abstractions;

namespace ClusterGd.EndToEnd.Tests.Clusters;

/// <summary>
/// Nodes join and leave while a run goes on. <c>CLUSTERGD_ELASTIC_SEEDS=20</c> tries that many schedules,
/// <c>CLUSTERGD_SEED=7</c> that one.
/// </summary>
[Collection(ClusterTests.Name)]
public sealed class ElasticityTests(ThreeJobs jobs, ITestOutputHelper output) : IDisposable
{
    private const int ChangeCount = 4, SeedsByDefault = 2, Epochs = 180, StepsPerEpoch = 24;

    /// <summary>No step may take longer because of a change in good order.</summary>
    private const double PauseMax = 2;

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(15), s_look = TimeSpan.FromMilliseconds(10);
    private static readonly string[] s_longer = ["--set", $"training.epochs={Epochs}"];
    private readonly List<LocalNode> _nodes = [];
    private LabProcess? _client;

    public static TheoryData<int> Seeds() => [.. RandomSeeds.Of("CLUSTERGD_ELASTIC_SEEDS", SeedsByDefault)];

    public void Dispose()
    {
        _client?.Dispose();
        foreach (var node in _nodes) node.Dispose();
    }

    [Theory, Trait("Depth", "deep"), MemberData(nameof(Seeds))]
    public async Task Nodes_JoiningAndLeavingAtRandomSteps_ChangeNoBitAndStopNoStepForLong(int seed)
    {
        var random = new Random(seed);
        var first = Add();
        // The first has the coordinator and may leave; this one sees all steps.
        var witness = Add(first.Address);
        Add(first.Address);
        foreach (var node in _nodes) node.WaitUntilUp();
        double usual = Undisturbed(witness);

        StartTraining(witness, s_longer);
        int[] steps =
        [
            .. Enumerable.Range(0, ChangeCount).Select(_ => random.Next(1, Epochs * StepsPerEpoch / 2)).Order(),
        ];
        foreach (int step in steps)
        {
            await Reached(witness, step);
            output.WriteLine($"seed {seed}, step {step}: {Change(random, witness)}");
        }

        string hash = End();
        double longest = witness.LongestStep(run: 2);
        output.WriteLine($"seed {seed}: longest step {longest} s, {usual} s without changes");
        Assert.Equal(jobs.HashOf("mlp", s_longer), hash);
        Assert.Contains("the work moves to", _client!.Output);
        Assert.DoesNotContain("begins anew", _client.Output);
        Assert.All(_nodes.Where(n => n.IsLeaving), n => Assert.Equal(0, n.Process.WaitForExit(s_patience)));
        Assert.True(longest < PauseMax + usual, $"a step took {longest} s, {usual} s without changes; seed {seed}");
    }

    private double Undisturbed(LocalNode witness)
    {
        StartTraining(witness);
        Assert.Equal(jobs.HashOf("mlp"), End());
        return witness.LongestStep(run: 1);
    }

    private LocalNode Add(params string[] seeds)
    {
        var node = new LocalNode(seeds);
        _nodes.Add(node);
        return node;
    }

    private void StartTraining(LocalNode seed, params string[] options)
    {
        _client?.Dispose();
        _client = new LabProcess("dotnet",
        [
            Cli.Program, "train", jobs["mlp"], "--cluster", seed.Address, "--nodes-min", "3", "--run-dir",
            jobs.NewRunFolder(), .. options,
        ]);
    }

    private string End()
    {
        int code = _client!.WaitForExit(s_patience);
        Assert.True(code == 0, _client.Output);
        return ThreeJobs.HashIn(_client.Output);
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

    private string Change(Random random, LocalNode witness)
    {
        var leavable = _nodes.Where(node => node != witness && node.IsUp && !node.IsLeaving).ToList();
        if (leavable.Count == 0 || random.Next(2) == 0)
        {
            Add(witness.Address);
            return "one joins";
        }
        var leaving = leavable[random.Next(leavable.Count)];
        leaving.Leave();
        return $"node {_nodes.IndexOf(leaving)} leaves";
    }
}
