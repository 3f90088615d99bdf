using System.Globalization;
using System.Text;
using System.Text.Json;
using Xunit;

namespace ClusterGd.EndToEnd.Tests;

/// <summary>Weights of rows and classes, and several labels a row, by the way of a user.</summary>
public sealed class WeightTests : IDisposable
{
    private readonly Cli _cli = new();

    public void Dispose() => _cli.Dispose();

    [Fact, Trait("Depth", "deep")]
    public void Train_WeightedRowsAndClasses_HasTheSameBitsOnAnyNodes()
    {
        _cli.Write("rows.csv", "a,b,w,y\n" + Lines(i => string.Create(CultureInfo.InvariantCulture,
            $"{Math.Sin(i):0.000},{Math.Cos(3 * i):0.000},{i % 4},{(i % 9 == 0 ? "rare" : "usual")}")));
        _cli.Write("job.yaml", """
            data: { train: { path: rows.csv, target: y, weight: w }, split: { fraction: 0.25 } }
            model: { kind: mlp, hidden: [8], dropout: 0.25 }
            loss: { kind: softmax, classWeights: balanced }
            optimizer: { kind: adam, learningRate: 0.01 }
            training: { batchSize: 32, shards: 4, epochs: 20 }
            """);
        using var one = Train("--run-dir", "one");
        string hash = one.RootElement.GetProperty("modelSha256").GetString()!;
        using var threads = Train("--nodes", "2", "--threads", "2");
        using var processes = Train("--processes", "2");
        Assert.Equal(hash, threads.RootElement.GetProperty("modelSha256").GetString());
        Assert.Equal(hash, processes.RootElement.GetProperty("modelSha256").GetString());
        using var plain = Train("--set", "loss.classWeights={ usual: 1 }");
        Assert.NotEqual(hash, plain.RootElement.GetProperty("modelSha256").GetString());
        var evaluated = _cli.Run("evaluate", "one", "--data", "rows.csv", "--json");
        Assert.Equal("", evaluated.Error);
        Assert.Equal(0, evaluated.ExitCode);
    }

    [Fact]
    public void Train_SeveralLabels_ArePredictedAndExported()
    {
        _cli.Write("rows.svm", Lines(i => string.Create(CultureInfo.InvariantCulture,
            $"{(i % 2 == 0 ? "1" : "0,2")} qid:{i / 9} 0:{(i % 2) - 0.5:0.0} 1:{Math.Sin(i):0.000}")));
        _cli.Write("job.yaml", """
            data: { train: { path: rows.svm, indexBase: 0, group: ignore } }
            model: linear
            loss: multiLabel
            optimizer: { learningRate: 0.5 }
            training: { batchSize: 64, shards: 2, epochs: 30 }
            """);
        using var trained = Train("--run-dir", "run");
        var metrics = trained.RootElement.GetProperty("metrics");
        Assert.Equal(1, metrics.GetProperty("accuracy").GetDouble());
        Assert.Equal(1, metrics.GetProperty("labelAccuracy").GetDouble());
        Assert.Equal(0, _cli.Run("predict", "run", "--data", "rows.svm", "--out", "p.csv").ExitCode);
        string[] lines = File.ReadAllLines(Path.Combine(_cli.Folder, "p.csv"));
        Assert.Equal("prediction,probability 0,probability 1,probability 2", lines[0]);
        Assert.StartsWith("1,", lines[1]);
        Assert.StartsWith("\"0,2\",", lines[2]);
        Assert.Equal(0, _cli.Run("export", "run", "--format", "csv", "--out", "c.csv").ExitCode);
        lines = File.ReadAllLines(Path.Combine(_cli.Folder, "c.csv"));
        Assert.Equal("feature,0,1,2", lines[0]);
        Assert.StartsWith("0,", lines[1]);
    }

    private static string Lines(Func<int, string> line)
    {
        var text = new StringBuilder();
        for (int i = 0; i < 200; i++) text.Append(line(i)).Append('\n');
        return text.ToString();
    }

    private JsonDocument Train(params string[] args)
    {
        var result = _cli.Run(["train", "job.yaml", "--json", .. args]);
        Assert.True(result.ExitCode == 0, result.Error);
        return JsonDocument.Parse(result.Output);
    }
}
