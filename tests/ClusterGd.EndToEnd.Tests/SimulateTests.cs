using Xunit;

namespace ClusterGd.EndToEnd.Tests;

/// <summary><c>clustergd simulate</c>: a job's protocol in virtual time.</summary>
public sealed class SimulateTests : IDisposable
{
    private readonly Cli _cli = new();

    public SimulateTests()
    {
        Assert.Equal(0, _cli.Run(
            "data", "generate", "softmax", "--out", "rows.csv", "--rows", "300", "--features", "6", "--classes",
            "3").ExitCode);
        _cli.Write("job.yaml", """
            data: { train: { path: rows.csv } }
            model: linear
            loss: softmax
            training: { batchSize: 100, shards: 3, epochs: 4 }
            """);
        _cli.Write("async.yaml", """
            data: { train: { path: rows.csv } }
            model: linear
            loss: softmax
            training: { batchSize: 100, shards: 3, epochs: 4, mode: asynchronous }
            """);
    }

    public void Dispose() => _cli.Dispose();

    [Theory]
    [InlineData("job.yaml", "all held; model sha256: ")]
    [InlineData("async.yaml", "all held: each result was counted once, and each run's order of application replays")]
    public void Simulate_AJobOfAnyMode_SaysThatAllSeedsHeld(string job, string end)
    {
        var result = _cli.Run("simulate", job, "--nodes", "3", "--seeds", "20", "--steps", "10");

        Assert.Equal("", result.Error);
        Assert.StartsWith(end, result.Output.TrimEnd('\n').Split('\n')[^1], StringComparison.Ordinal);
        Assert.Equal(0, result.ExitCode);
    }

    [Fact]
    public void Simulate_FaultsOfLinksFromAFile_StrikeAndHold()
    {
        _cli.Write("links.yaml", """
            faults:
              - { at: 2, kind: partition, node: 2, plane: tensors, for: 2s }
              - { at: 3, kind: cutPair, node: [client, 1], plane: control, for: 1s }
              - { at: 3, kind: packetLoss, plane: tensors, probability: 0.3, for: 1s }
            """);
        var result = _cli.Run(
            "simulate", "job.yaml", "--nodes", "3", "--seed", "1", "--steps", "10", "--faults", "links.yaml");

        Assert.Contains("kind: partition, node: 2, for: 2s, shape: symmetric, plane: tensors", result.Output);
        Assert.Matches(@"faults: .*partition \d+", result.Output);
        Assert.Contains("all held; model sha256: ", result.Output);
    }
}
