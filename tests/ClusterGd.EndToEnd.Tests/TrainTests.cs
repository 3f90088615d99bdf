using System.Text.Json;
using Xunit;

namespace ClusterGd.EndToEnd.Tests;

/// <summary>The way of a user: train, look, measure, predict, take the model elsewhere.</summary>
public sealed class TrainTests : IDisposable
{
    private const int TestRows = 16_281;
    private readonly Cli _cli = new();

    public TrainTests() => _cli.Write("job.yaml", $$"""
        name: a9a
        data:
          train: { path: {{Sample("a9a.gz")}}, format: libsvm }
          test: { path: {{Sample("a9a.t.gz")}} }
        model: linear
        loss: { kind: logistic, l2: 3.0712e-5 }
        optimizer: { kind: momentum, learningRate: 1, momentum: 0.9 }
        training: { batchSize: 1024, epochs: 3 }
        """);

    public void Dispose() => _cli.Dispose();

    [Fact]
    public void Train_Json_IsOneObjectWithAllThatScriptsNeed()
    {
        using var json = JsonDocument.Parse(Train("--json").Output);
        var root = json.RootElement;
        string[] keys =
        [
            "stopReason", "steps", "epochs", "keptStep", "keptEpoch", "trainLoss", "metrics", "largestClassShare",
            "modelSha256", "samplesPerSecond", "wallSeconds", "runDir",
        ];
        Assert.Equal(keys, root.EnumerateObject().Select(p => p.Name));
        Assert.Equal(3, root.GetProperty("epochs").GetInt32());
        Assert.Equal(96, root.GetProperty("steps").GetInt64());
        Assert.Equal(64, root.GetProperty("modelSha256").GetString()!.Length);
        Assert.InRange(root.GetProperty("metrics").GetProperty("accuracy").GetDouble(), 0.84, 0.86);
    }

    [Fact]
    public void Train_Lines_GiveTheLossInNineDigitsAndNoMetricTwice()
    {
        var output = Train().Output;
        // On a busy machine the first line of a second may be of a step that no evaluation belongs to.
        Assert.Matches(@"(?m)^epoch [0-3]/3  step \d+  (train loss 0\.\d{9}|batch loss 0\.\d+)( |$)", output);
        Assert.Matches(@"(?m)^train loss: 0\.3\d{8} \(penalties included\)$", output);
        Assert.Matches(
            @"(?m)^test metrics: accuracy 0\.\d+ \(largest class 0\.763774\)  auc 0\.\d+  logLoss 0\.\d+$", output);
    }

    [Fact]
    public void Train_OtherNodesAndThreads_EndsWithTheSameBits()
    {
        var one = LastLine(Train("--run-dir", "one"));
        Assert.StartsWith("model sha256: ", one);
        Assert.Equal(one, LastLine(Train("--run-dir", "two", "--nodes", "2", "--threads", "2")));
        Assert.NotEqual(one, LastLine(Train("--run-dir", "three", "--set", "seed=2")));
    }

    [Fact]
    public void Run_MeasuredAgainOnItsTestRows_HasTheSameMetrics()
    {
        using var trained = JsonDocument.Parse(Train("--run-dir", "run", "--json").Output);
        var again = _cli.Run("evaluate", "run", "--data", Sample("a9a.t.gz"), "--json");
        Assert.Equal(0, again.ExitCode);
        using var evaluated = JsonDocument.Parse(again.Output);
        Assert.Equal(TestRows, evaluated.RootElement.GetProperty("rows").GetInt32());
        // Measured shard by shard there and at once here, to the last bit.
        Assert.Equal(Metrics(trained), Metrics(evaluated));
        static IEnumerable<string> Metrics(JsonDocument json) =>
            json.RootElement.GetProperty("metrics").EnumerateObject().Select(metric => metric.ToString());
    }

    [Fact]
    public void Run_Predicted_HasALineARowWithClassAndProbability()
    {
        Train("--run-dir", "run");
        Assert.Equal(0, _cli.Run("predict", "run", "--data", Sample("a9a.t.gz"), "--out", "p.csv").ExitCode);
        var lines = File.ReadAllLines(Path.Combine(_cli.Folder, "p.csv"));
        Assert.Equal("prediction,probability 1", lines[0]);
        Assert.Equal(TestRows + 1, lines.Length);
        foreach (var line in lines.Skip(1))
        {
            var fields = line.Split(',');
            double probability = double.Parse(fields[1], System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal(probability > 0.5 ? "1" : "-1", fields[0]);
        }
    }

    [Fact]
    public void Run_ExportedAsCsv_HasALineAFeatureAndTheBias()
    {
        Train("--run-dir", "run");
        Assert.Equal(0, _cli.Run("export", "run", "--format", "csv", "--out", "c.csv").ExitCode);
        var lines = File.ReadAllLines(Path.Combine(_cli.Folder, "c.csv"));
        Assert.Equal("feature,coefficient", lines[0]);
        Assert.StartsWith("1,", lines[1]);
        Assert.StartsWith("123,", lines[123]);
        Assert.StartsWith("(bias),", lines[124]);
        Assert.Equal(125, lines.Length);
    }

    [Fact]
    public void Run_ModelDamaged_IsRefusedByEveryVerb()
    {
        Train("--run-dir", "run");
        var model = Path.Combine(_cli.Folder, "run", "model.safetensors");
        var bytes = File.ReadAllBytes(model);
        bytes[^1] ^= 1;
        File.WriteAllBytes(model, bytes);
        var result = _cli.Run("evaluate", "run", "--data", Sample("a9a.t.gz"));
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("model.safetensors is damaged: its parameters have SHA-256", result.Error);
        Assert.True(result.IsForPeople);
    }

    [Fact]
    public void Train_LearningRateTooLarge_EndsWithExitCode3()
    {
        _cli.Write("rows.csv", "x,y\n1,2\n2,4\n3,6\n4,8\n");
        _cli.Write("job.yaml", """
            data: { train: { path: rows.csv } }
            model: linear
            optimizer: { kind: sgd, learningRate: 1e9 }
            training: { epochs: 50 }
            """);
        var result = _cli.Run("train", "job.yaml");
        Assert.Equal(3, result.ExitCode);
        Assert.True(result.IsForPeople);
    }

    [SkippableTheory]
    [InlineData("INT")]
    [InlineData("TERM")]
    [InlineData("HUP")]
    public void Train_Interrupted_EndsWithExitCode130AndKeepsTheModel(string signal)
    {
        Skip.If(OperatingSystem.IsWindows(), "there is no kill command");
        var result = _cli.RunAndSignal(
            signal, "epoch ", "train", "job.yaml", "--set", "training.epochs=100000000", "--run-dir", "run");
        Assert.Equal(130, result.ExitCode);
        Assert.Contains("'clustergd evaluate run --data FILE' measures it.", result.Error);
        Assert.Equal(0, _cli.Run("evaluate", "run", "--data", Sample("a9a.t.gz")).ExitCode);
    }

    [Fact]
    public void Data_GeneratedAndLookedAt_IsWhatWasAskedFor()
    {
        Assert.Equal(0, _cli.Run(
            "data", "generate", "logistic", "--rows", "50", "--features", "7", "--out", "rows.csv").ExitCode);
        var info = _cli.Run("data", "info", "rows.csv");
        Assert.Equal(0, info.ExitCode);
        Assert.Contains("rows:     50\n", info.Output.ReplaceLineEndings("\n"));
        Assert.Contains("features: 7,", info.Output);
    }

    private static string Sample(string name) => Path.Combine(Cli.RepositoryRoot, "deploy", "samples", "a9a", name);

    private static string LastLine(CliResult result) => result.Output.TrimEnd().Split('\n')[^1];

    private CliResult Train(params string[] options)
    {
        var result = _cli.Run(["train", "job.yaml", .. options]);
        Assert.True(result.ExitCode == 0, result.Error);
        return result;
    }
}
