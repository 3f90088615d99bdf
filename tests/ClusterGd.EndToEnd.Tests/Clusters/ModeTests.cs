using System.Text.Json;
using ClusterGd.EndToEnd.Tests.Network;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.EndToEnd.Tests.Clusters;

/// <summary>Modes whose steps are not synchronous, on processes, as a user meets them.</summary>
[Collection(ClusterTests.Name)]
public sealed class ModeTests(ThreeJobs jobs) : IDisposable
{
    private const double A9aOptimum = 0.323379582465;
    private static readonly TimeSpan s_patience = Limits.Hang, s_look = TimeSpan.FromMilliseconds(10);
    private readonly Cli _cli = new();
    private readonly List<IDisposable> _processes = [];

    public void Dispose()
    {
        foreach (var process in _processes) process.Dispose();
        _cli.Dispose();
    }

    [Theory, Trait("Depth", "deep")]
    [InlineData("{ kind: boundedStaleness, bound: 2 }", 0.3, 100)]
    [InlineData("{ kind: asynchronous }", 0.3, 60)]
    [InlineData("{ kind: kOfN, k: 6 }", 2, 60)]
    [InlineData("{ kind: localSgd, every: 8 }", 2, 40)]
    [InlineData("{ kind: diloco, every: 32 }", 2, 60)]
    public void Train_A9aOnTwoProcesses_ComesWithinAThousandthOfItsOptimumAndReplays(
        string mode, double rate, int epochs)
    {
        string job = Path.Combine(Cli.RepositoryRoot, "deploy", "samples", "a9a", "job.yaml");
        var trained = _cli.Run(
            "train", job, "--processes", "2", "--set", $"training.mode={mode}", "--set",
            FormattableString.Invariant($"optimizer.learningRate={rate}"), "--set", $"training.epochs={epochs}",
            "--run-dir", "run", "--json");
        Assert.True(trained.ExitCode == 0, trained.Error);
        using var json = JsonDocument.Parse(trained.Output);

        Assert.InRange(json.RootElement.GetProperty("trainLoss").GetDouble() - A9aOptimum, 0, 1e-3);
        AssertCountedOnceAndReplayed("run");
    }

    /// <summary>The host of the parameters first, then another.</summary>
    [Fact, Trait("Depth", "deep")]
    public async Task Nodes_KilledOneAfterAnother_LoseNothingThatHasCounted()
    {
        var nodes = new List<LocalNode> { Add(new LocalNode()) };
        for (int i = 1; i < 4; i++) nodes.Add(Add(new LocalNode(nodes[0].Address)));
        foreach (var node in nodes) node.WaitUntilUp();
        string folder = jobs.NewRunFolder();
        var client = Train(folder, "--cluster", nodes[3].Address, "--nodes-min", "4");
        await Evaluations(client, folder, 20);
        string host = HostIn(Path.Combine(folder, "events.jsonl"));
        var hosting = nodes.Single(node => node.Address == host);
        hosting.Process.Kill();
        await Evaluations(client, folder, 100);
        nodes.First(node => node != hosting && node != nodes[3]).Process.Kill();

        Assert.True(client.WaitForExit(s_patience) == 0, client.Output);
        Assert.DoesNotContain("begins anew", client.Output);
        AssertCountedOnceAndReplayed(folder);
    }

    [SkippableFact]
    public async Task Processes_AllKilled_AreResumedAndCountOnce()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Processes are killed as a group.");
        string folder = jobs.NewRunFolder();
        var all = Add(new LabProcess("setsid", ["dotnet", Cli.Program, .. Arguments(folder, "--processes", "2")]));
        // What is known to be saved, and some more.
        await Until(all, () => Lines(folder, "events.jsonl").Any(
            line => line.Contains("\"saved\"", StringComparison.Ordinal)));
        await Evaluations(all, folder, Lines(folder, "metrics.jsonl").Count + 3);
        LabCommand.Run($"kill -s KILL -- -{all.Id}");
        all.WaitForExit(s_patience);

        var resumed = Add(new LabProcess("dotnet", [Cli.Program, "resume", folder, "--nodes", "2"]));
        Assert.True(resumed.WaitForExit(s_patience) == 0, resumed.Output);
        Assert.Contains("goes on from the checkpoint of step", resumed.Output);
        AssertCountedOnceAndReplayed(folder);
    }

    private void AssertCountedOnceAndReplayed(string folder)
    {
        var audited = _cli.Run("audit", folder);
        Assert.True(audited.ExitCode == 0, audited.Output + audited.Error);
        Assert.Contains("each counted once", audited.Output, StringComparison.Ordinal);
        var replayed = _cli.Run("replay", folder);
        Assert.True(replayed.ExitCode == 0, replayed.Output + replayed.Error);
        Assert.Contains("the bits of the run's model", replayed.Output, StringComparison.Ordinal);
    }

    private T Add<T>(T process) where T : IDisposable
    {
        _processes.Add(process);
        return process;
    }

    private LabProcess Train(string folder, params string[] options) =>
        Add(new LabProcess("dotnet", [Cli.Program, .. Arguments(folder, options)]));

    private string[] Arguments(string folder, params string[] options) =>
    [
        "train", jobs["logistic"], "--run-dir", folder, "--set", "training.epochs=300", "--set",
        "training.mode=asynchronous", "--set", "optimizer.learningRate=0.05", "--set", "checkpoint.everySeconds=0.2",
        .. options,
    ];

    private static Task Evaluations(LabProcess client, string folder, int count) =>
        Until(client, () => Lines(folder, "metrics.jsonl").Count >= count);

    private static async Task Until(LabProcess client, Func<bool> isMoment)
    {
        using var patience = new CancellationTokenSource(s_patience);
        while (!isMoment())
        {
            Assert.False(client.HasExited, client.Output);
            await Task.Delay(s_look, patience.Token);
        }
    }

    private static List<string> Lines(string folder, string file)
    {
        string path = Path.Combine(folder, file);
        return File.Exists(path) ? [.. File.ReadLines(path)] : [];
    }

    /// <summary>Where the parameters are by the newest layout that has been placed.</summary>
    private static string HostIn(string events)
    {
        string placed = File.ReadLines(events).Last(line => line.Contains("\"placed\"", StringComparison.Ordinal));
        string node = placed.Split("; ").Single(part => part.Contains(", slice 0", StringComparison.Ordinal));
        string address = node[..node.IndexOf(": ", StringComparison.Ordinal)];
        return address[(address.LastIndexOf(' ') + 1)..];
    }
}
