using System.Text.Json;
using Xunit;

namespace ClusterGd.EndToEnd.Tests;

/// <summary>Shards that lie, and modes in virtual time, as a user meets them.</summary>
public sealed class RobustTests : IDisposable
{
    private const string Krum = "training.aggregation={ kind: krum, faulty: 2 }";
    private readonly Cli _cli = new();

    public RobustTests() => _cli.Write("job.yaml", $$"""
        name: a9a
        data:
          train: { path: {{Sample("a9a.gz")}}, format: libsvm }
          test: { path: {{Sample("a9a.t.gz")}} }
        model: { kind: linear, bias: false }
        loss: { kind: logistic, l2: 3.0712e-5 }
        optimizer: { kind: momentum, learningRate: 2, momentum: 0.9, schedule: { kind: cosine } }
        training: { batchSize: 1024, shards: 7, epochs: 15 }
        """);

    public void Dispose() => _cli.Dispose();

    [Fact, Trait("Depth", "deep")]
    public void Train_TwoOfSevenShardsFlipTheSign_TheMeanFails() =>
        Assert.InRange(Accuracy("training.aggregation=mean"), 0, 0.8);

    [Theory, Trait("Depth", "deep")]
    [InlineData("median")]
    [InlineData("trimmedMean")]
    [InlineData("krum")]
    [InlineData("multiKrum")]
    [InlineData("geometricMedian")]
    [InlineData("centeredClipping")]
    public void Train_TwoOfSevenShardsFlipTheSign_ARobustRuleLearns(string rule) =>
        Assert.InRange(Accuracy($"training.aggregation={{ kind: {rule}, faulty: 2 }}"), 0.84, 0.86);

    [Fact, Trait("Depth", "deep")]
    public void Train_UnderAttackOnOneToFourNodes_HasOneHash()
    {
        string[] hashes = [.. Enumerable.Range(1, 4).Select(nodes =>
        {
            using var json = Train(Krum, "--nodes", $"{nodes}");
            return json.RootElement.GetProperty("modelSha256").GetString()!;
        })];

        Assert.Single(hashes.Distinct());
    }

    [Fact]
    public void Train_UnderAttack_RecordsItInTheRunFolder()
    {
        using var json = Train(Krum, "--run-dir", "run");
        string attack = "signFlip (factor 4) by shards 5 to 6 of 7";

        Assert.Equal(attack, json.RootElement.GetProperty("attack").GetString());
        Assert.Contains(attack, File.ReadAllText(Path.Combine(_cli.Folder, "run", "model.json")),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Train_AnAttackInAnAsynchronousMode_IsRefusedWithTheMode()
    {
        var result = _cli.Run("train", "job.yaml", "--attack", "signFlip:2", "--set", "training.mode=asynchronous");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(
            "with training.mode asynchronous there is no such step", result.Error, StringComparison.Ordinal);
    }

    [Fact, Trait("Depth", "deep")]
    public void Compare_SynchronousAndBoundZero_HaveTheHashOfTrain()
    {
        var compared = _cli.Run(
            "compare", "job.yaml", "--modes", "synchronous,boundedStaleness:0,asynchronous", "--stragglers", "1:4",
            "--target", "accuracy=0.84", "--set", "training.epochs=3", "--run-dir", "compare");
        using var trained = JsonDocument.Parse(
            _cli.Run("train", "job.yaml", "--set", "training.epochs=3", "--json").Output);
        string hash = trained.RootElement.GetProperty("modelSha256").GetString()![..12];

        Assert.True(compared.ExitCode == 0, compared.Error);
        Assert.Equal(2, compared.Output.Split('\n').Count(line => line.EndsWith(hash, StringComparison.Ordinal)));
        string page = File.ReadAllText(Path.Combine(_cli.Folder, "compare", "compare.html"));
        Assert.Contains("<polyline", page, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(_cli.Folder, "compare", "order-3-asynchronous.csv")));
    }

    private static string Sample(string name) =>
        Path.Combine(Cli.RepositoryRoot, "deploy", "samples", "a9a", name);

    private double Accuracy(string aggregation)
    {
        using var json = Train(aggregation);
        return json.RootElement.GetProperty("metrics").GetProperty("accuracy").GetDouble();
    }

    private JsonDocument Train(string aggregation, params string[] options)
    {
        var result = _cli.Run(
            ["train", "job.yaml", "--attack", "signFlip:2", "--set", aggregation, "--json", .. options]);
        Assert.True(result.ExitCode == 0, result.Error);
        return JsonDocument.Parse(result.Output);
    }
}
