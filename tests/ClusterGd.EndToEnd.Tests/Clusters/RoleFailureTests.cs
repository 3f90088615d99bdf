using System.Diagnostics;
using System.Text.RegularExpressions;
using ClusterGd.EndToEnd.Tests.Network;
using ClusterGd.Tests;
using Xunit;
using Xunit.Abstractions;

namespace ClusterGd.EndToEnd.Tests.Clusters;

/// <summary>
/// A bug in any part of the program ends the run on every node and at the client at once, with one sentence: it would
/// come up again wherever the work goes. The nodes stay and take the next run.
/// </summary>
[Collection(ClusterTests.Name)]
public sealed partial class RoleFailureTests(ThreeJobs jobs, ITestOutputHelper output) : IDisposable
{
    private const int Unexpected = 1;
    private readonly List<LabProcess> _processes = [], _nodes = [];

    public void Dispose()
    {
        foreach (var process in _processes) process.Dispose();
    }

    /// <summary>The first node has the coordinator.</summary>
    [SkippableTheory]
    [InlineData("ParameterSliceActor", 50)]
    [DeepData("NodeActor", 50)]
    [DeepData("ShardWorkerActor", 50)]
    [DeepData("CoordinatorActor", 50)]
    [DeepData("CoordinatorHome", 50)]
    [DeepData("IncomingStream", 0)]
    public void Node_PartFails_EndsTheRunEverywhereWithASentence(string part, int step)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs env");
        string seed = StartNode($"CLUSTERGD_BUG={part}@{step}");
        StartNode("", "--seed", seed);

        var client = StartClient("", seed);
        string sentence = client.WaitForLine($"a bug on purpose in {part}", Limits.Hang);
        var since = Stopwatch.StartNew();
        int code = client.WaitForExit(Limits.Hang);
        output.WriteLine($"{part}: the client ended {since.Elapsed.TotalSeconds:F1} s after its sentence: {sentence}");

        Assert.True(code == Unexpected, client.Output);
        Assert.Contains($"{seed} failed after step ", sentence, StringComparison.Ordinal);
        Assert.Single(client.Output.Split('\n'), line => line.Contains("This should not have happened"));
        _nodes[0].WaitForLine("   at ClusterGd.", Limits.Hang);
        foreach (var node in _nodes) node.WaitForLine("is over: ", Limits.Hang);
        AssertTrains(seed);
    }

    [SkippableTheory]
    [InlineData("NodeActor")]
    [DeepData("CoordinatorHome")]
    [DeepData("IncomingStream")]
    public void Client_PartFails_EndsTheRunOnTheNodes(string part)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs env");
        string seed = StartNode("");
        StartNode("", "--seed", seed);

        var client = StartClient($"CLUSTERGD_BUG={part}@0", seed);

        Assert.True(client.WaitForExit(Limits.Hang) == Unexpected, client.Output);
        Assert.Contains($"a bug on purpose in {part}", client.Output, StringComparison.Ordinal);
        AssertTrains(seed);
    }

    [SkippableTheory]
    [InlineData("--nodes")]
    [DeepData("--processes")]
    public void Train_PartFails_EndsWithASentenceAndNoProcessIsLeft(string place)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs env");

        var client = Start("CLUSTERGD_BUG=ParameterSliceActor@50", [.. Command, place, "2"]);

        Assert.True(client.WaitForExit(Limits.Hang) == Unexpected, client.Output);
        Assert.Single(client.Output.Split('\n'), line => line.Contains("a bug on purpose in ParameterSliceActor"));
    }

    private IEnumerable<string> Command =>
        ["train", jobs["mlp"], "--run-dir", jobs.NewRunFolder(), "--quiet"];

    private void AssertTrains(string seed)
    {
        var result = jobs.Train("mlp", "--cluster", seed);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(jobs.HashOf("mlp"), ThreeJobs.HashIn(result.Output));
    }

    private LabProcess StartClient(string variable, string seed) =>
        Start(variable, [.. Command, "--cluster", seed, "--set", "training.epochs=100000"]);

    /// <returns>Its host:port, once it is up.</returns>
    private string StartNode(string variable, params string[] options)
    {
        var node = Start(
            variable, ["node", "--host", "127.0.0.1", "--port", "0", "--data-port", "0", "--threads", "1", .. options]);
        _nodes.Add(node);
        string line = node.WaitForLine("node ", Limits.Hang);
        node.WaitForLine("is up", Limits.Hang);
        return Address().Match(line).Value;
    }

    private LabProcess Start(string variable, IEnumerable<string> arguments)
    {
        string[] variables = variable.Length > 0 ? [variable] : [];
        var process = new LabProcess("env", [.. variables, "dotnet", Cli.Program, .. arguments]);
        _processes.Add(process);
        return process;
    }

    [GeneratedRegex(@"[\d.]+:\d+")]
    private static partial Regex Address();
}
