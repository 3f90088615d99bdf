using System.Globalization;
using System.Text.Json;
using Xunit;

namespace ClusterGd.EndToEnd.Tests;

/// <summary>What a run says of itself, which parameters it keeps and which rows it chose them by.</summary>
public sealed class ReportTests : IDisposable
{
    private readonly Cli _cli = new();

    public ReportTests()
    {
        // Forty rows of noise in thirty columns: what is learnt of half of them is worse than nothing on the others.
        _cli.Write("noise.csv", Table(80, 30, (row, _) => Hash(row, 99) % 2 == 0 ? "no" : "yes"));
        // Two classes along the first column, a quarter of the rows in one of them.
        _cli.Write("classes.csv", Table(120, 3, (_, x) => x < 0.25 ? "rare" : "usual"));
        _cli.Write("numbers.csv", Table(60, 2, (_, x) => (3 * x).ToString(CultureInfo.InvariantCulture), scale: 100));
    }

    public void Dispose() => _cli.Dispose();

    [Fact, Trait("Depth", "deep")]
    public void Train_EpochsRunOutBeforePatience_KeepsTheBestAndSaysWhich()
    {
        string job = _cli.Write("job.yaml", """
            data: { train: { path: noise.csv, target: y }, split: { every: 2, offset: 1 } }
            model: linear
            loss: logistic
            optimizer: { kind: momentum, learningRate: 0.3 }
            training: { batchSize: 40, shards: 4, epochs: 30 }
            stop: [{ on: plateau, metric: loss, patience: 1000 }]
            """);
        string[] lines = Lines(_cli.Run("train", job, "--run-dir", "long"));
        var best = Metrics("long").MinBy(line => line.GetProperty("metrics").GetProperty("loss").GetDouble());
        int epoch = best.GetProperty("epoch").GetInt32();
        var shorter = Json(_cli.Run("train", job, "--set", $"training.epochs={epoch}", "--json"));
        var three = Json(_cli.Run("train", job, "--nodes", "3", "--json"));

        Assert.Contains("stopped: 30 epochs done", lines);
        string kept = Assert.Single(lines, line => line.StartsWith("kept: ", StringComparison.Ordinal));
        Assert.InRange(epoch, 1, 20);
        Assert.StartsWith($"kept: the parameters of epoch {epoch} (step {epoch}), the best: loss 0.", kept);
        Assert.Contains(lines, line => line.StartsWith("note: a stop criterion looked at the test rows"));
        Assert.Equal(epoch, three.GetProperty("keptEpoch").GetInt32());
        Assert.Equal(30, three.GetProperty("epochs").GetInt32());
        Assert.Equal(shorter.GetProperty("modelSha256").GetString(), three.GetProperty("modelSha256").GetString());
        Assert.Equal($"model sha256: {three.GetProperty("modelSha256")}", lines[^1]);
    }

    [Fact, Trait("Depth", "deep")]
    public void Train_Diverges_KeepsTheLastFiniteEvaluationAndOneStepNumber()
    {
        string job = _cli.Write("job.yaml", """
            data: { train: { path: numbers.csv } }
            model: linear
            optimizer: { kind: sgd, learningRate: 0.1 }
            training: { batchSize: 15, shards: 2, epochs: 20 }
            """);
        var result = _cli.Run("train", job, "--run-dir", "run", "--json");
        var two = Json(_cli.Run("train", job, "--nodes", "2", "--json"));
        using var json = JsonDocument.Parse(result.Output);
        long step = json.RootElement.GetProperty("steps").GetInt64();
        using var manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(_cli.Folder, "run", "model.json")));

        Assert.Equal(3, result.ExitCode);
        Assert.True(step > 4, $"it diverged at step {step}, before the first evaluation");
        Assert.Contains($"step {step}", json.RootElement.GetProperty("stopReason").GetString());
        Assert.Equal(step, manifest.RootElement.GetProperty("steps").GetInt64());
        Assert.StartsWith($"The run ended at step {step}, diverged: ", _cli.Run("why", "run").Output);
        Assert.Equal((step - 1) / 4 * 4, json.RootElement.GetProperty("keptStep").GetInt64());
        Assert.Equal(
            json.RootElement.GetProperty("modelSha256").GetString(), two.GetProperty("modelSha256").GetString());
        var measured = Json(_cli.Run("evaluate", "run", "--data", "numbers.csv", "--json"));
        Assert.Equal(
            json.RootElement.GetProperty("trainLoss").GetDouble(),
            measured.GetProperty("metrics").GetProperty("loss").GetDouble(), 12);
    }

    [Fact]
    public void Train_DivergesBeforeAnyEvaluation_KeepsTheFirstParameters()
    {
        string job = _cli.Write("job.yaml", """
            data: { train: { path: numbers.csv } }
            model: linear
            optimizer: { kind: sgd, learningRate: 1e30 }
            training: { batchSize: 15, shards: 2, epochs: 20 }
            """);
        var lines = Lines(_cli.Run("train", job));

        Assert.Contains("kept: the first parameters: no evaluation had a finite loss", lines);
        Assert.Contains(lines, line => line.StartsWith("0 epochs, 2 steps, ") || line.StartsWith("0 epochs, 1 step, "));
    }

    [Fact]
    public void Train_ValidationRows_AreWhatCriteriaLookAt()
    {
        string job = _cli.Write("job.yaml", """
            data:
              train: { path: classes.csv, target: y }
              split: { fraction: 0.2, validation: 0.2, stratified: true }
            model: linear
            loss: logistic
            optimizer: { kind: momentum, learningRate: 0.5 }
            training: { batchSize: 20, shards: 2, epochs: 6 }
            stop: [{ on: plateau, metric: logLoss, patience: 100 }]
            """);
        var result = _cli.Run("train", job, "--run-dir", "run", "--json");
        var json = Json(result);
        var best = Metrics("run")
            .MinBy(line => line.GetProperty("validation").GetProperty("logLoss").GetDouble());

        // Where reading takes its time, a line says so first.
        Assert.Contains(
            "72 training rows of 3 features, 2 classes (largest: usual, 75.0 %), 24 test rows, 24 validation rows",
            result.Error, StringComparison.Ordinal);
        Assert.Equal("validation", json.GetProperty("chosenBy").GetString());
        Assert.Equal(0.75, json.GetProperty("largestClassShare").GetDouble());
        Assert.Equal(best.GetProperty("epoch").GetInt32(), json.GetProperty("keptEpoch").GetInt32());
        Assert.Equal(
            best.GetProperty("validation").GetProperty("logLoss").GetDouble(),
            json.GetProperty("validationMetrics").GetProperty("logLoss").GetDouble());
        Assert.Equal(
            best.GetProperty("metrics").GetProperty("logLoss").GetDouble(),
            json.GetProperty("metrics").GetProperty("logLoss").GetDouble());
        // Nothing asks for the norms of single steps, so nothing is said of them.
        Assert.False(best.TryGetProperty("stepGradientNoise", out _));
        Assert.False(best.TryGetProperty("gradientNorm", out _));
    }

    [Fact]
    public void Train_CriterionOnRowsThatTheJobHasNot_IsRefused()
    {
        string job = _cli.Write("job.yaml", """
            data: { train: { path: classes.csv, target: y } }
            model: linear
            loss: logistic
            stop: [{ on: plateau, rows: validation }]
            """);
        var result = _cli.Run("train", job);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("stop.0.rows is validation, but the job has no such rows; add data.validation", result.Error);
    }

    [Fact]
    public void Crossval_FiveFolds_MeasuresEachRowOnceAndGivesMeanAndDeviation()
    {
        string job = _cli.Write("job.yaml", """
            data: { train: { path: classes.csv, target: y } }
            model: linear
            loss: logistic
            optimizer: { kind: momentum, learningRate: 0.5 }
            training: { batchSize: 20, shards: 2, epochs: 3 }
            """);
        var json = Json(_cli.Run("crossval", job, "--folds", "5", "--json"));
        var folds = json.GetProperty("folds").EnumerateArray().ToList();
        double[] losses = [.. folds.Select(f => f.GetProperty("metrics").GetProperty("logLoss").GetDouble())];
        double mean = losses.Average(), deviation = Math.Sqrt(losses.Sum(x => (x - mean) * (x - mean)) / 4);

        Assert.Equal([24, 24, 24, 24, 24], folds.Select(fold => fold.GetProperty("heldOutRows").GetInt32()));
        Assert.All(folds, fold => Assert.Equal(0.75, fold.GetProperty("largestClassShare").GetDouble()));
        Assert.Equal(5, losses.Distinct().Count());
        Assert.Equal(mean, json.GetProperty("mean").GetProperty("logLoss").GetDouble(), 12);
        Assert.Equal(deviation, json.GetProperty("standardDeviation").GetProperty("logLoss").GetDouble(), 12);
    }

    private IEnumerable<JsonElement> Metrics(string run) =>
        File.ReadLines(Path.Combine(_cli.Folder, run, "metrics.jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement);

    private static string[] Lines(CliResult result)
    {
        Assert.True(result.IsForPeople, result.Error);
        return result.Output.Trim().Split('\n');
    }

    private static JsonElement Json(CliResult result)
    {
        Assert.True(result.Output.Length > 0, result.Error);
        return JsonDocument.Parse(result.Output).RootElement;
    }

    /// <summary>Columns of even numbers in 0 … scale, then the target, given the row and its first number.</summary>
    private static string Table(int rows, int columns, Func<int, double, string> target, double scale = 1)
    {
        var lines = new List<string> { string.Join(',', Enumerable.Range(0, columns).Select(c => $"x{c}")) + ",y" };
        for (int row = 0; row < rows; row++)
        {
            int r = row;
            double[] x = [.. Enumerable.Range(0, columns).Select(c => Hash(r, c) % 1000 / 1000.0 * scale)];
            x[0] = (row * 37 % rows + 0.5) / rows * scale;
            string numbers = string.Join(',', x.Select(v => v.ToString("F4", CultureInfo.InvariantCulture)));
            lines.Add($"{numbers},{target(row, x[0])}");
        }
        return string.Join('\n', lines) + "\n";
    }

    private static uint Hash(int row, int column)
    {
        uint h = (uint)(row * 7919 + column * 104_729 + 12_345);
        h = (h ^ (h >> 15)) * 0x2c1b3c6d;
        h = (h ^ (h >> 12)) * 0x297a2d39;
        return h ^ (h >> 15);
    }
}
