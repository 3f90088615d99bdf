using System.Collections.Immutable;
using ClusterGd.Cluster;
using ClusterGd.Cluster.Storage;
using ClusterGd.Core.Convergence;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Models;
using ClusterGd.Core.Options;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ClusterGd.EndToEnd.Tests.Storage;

public sealed class RunFolderTests : IDisposable
{
    private static readonly DateTime s_now = new(2026, 1, 2, 3, 4, 5);
    private readonly string _parent = Directory.CreateTempSubdirectory("clustergd-run-").FullName;

    public void Dispose() => Directory.Delete(_parent, recursive: true);

    [Fact]
    public void Create_ThreeInOneSecond_HaveFoldersOfTheirOwn()
    {
        string Name() => Path.GetFileName(RunFolder.Create(_parent, "a9a", s_now).Path);
        Assert.Equal("a9a-20260102-030405", Name());
        Assert.Equal("a9a-20260102-030405-2", Name());
        Assert.Equal("a9a-20260102-030405-3", Name());
    }

    [Fact]
    public void Create_ManyAtOnce_HaveFoldersOfTheirOwn()
    {
        var paths = new string[16];
        Parallel.For(0, paths.Length, i => paths[i] = RunFolder.Create(_parent, "a9a", s_now).Path);
        Assert.Equal(paths.Length, paths.Distinct().Count());
    }

    [Fact]
    public void CreateAt_FolderOfAnotherRun_IsRefused()
    {
        var path = Path.Combine(_parent, "mine");
        RunFolder.CreateAt(path);
        var refused = Assert.Throws<InputException>(() => RunFolder.CreateAt(path));
        Assert.Contains("already holds a run", refused.Message);
    }

    [Fact]
    public void Model_WrittenAndRead_IsTheSame()
    {
        var folder = WriteRun([1, 2, 3]);
        var (model, manifest) = folder.ReadModel();
        Assert.Equal([1, 2, 3], model.Parameters);
        Assert.Equal(ModelHash.Of([1, 2, 3]), manifest.ModelSha256);
        Assert.Equal("datahash", manifest.DataHash);
        Assert.Equal(TrainingEnd.Interrupted, manifest.End);
        Assert.Null(manifest.TrainLoss);
        Assert.Equal(0.5, manifest.Metrics["accuracy"]);
    }

    [Fact]
    public void Model_OfAnotherRun_IsRefused()
    {
        var folder = WriteRun([1, 2, 3]);
        File.Copy(WriteRun([1, 2, 4]).ModelPath, folder.ModelPath, overwrite: true);
        var refused = Assert.Throws<InputException>(() => folder.ReadModel());
        Assert.Contains("the two are of different runs", refused.Message);
    }

    [Theory]
    [InlineData("{", "model.json is damaged in line 1")]
    [InlineData("{}", "model.json is damaged")]
    [InlineData("null", "model.json has format ''")]
    public void Manifest_Damaged_IsNamed(string text, string reason)
    {
        var folder = WriteRun([1, 2, 3]);
        File.WriteAllText(Path.Combine(folder.Path, "model.json"), text);
        Assert.Contains(reason, Assert.Throws<InputException>(() => folder.ReadModel()).Message);
    }

    [Fact]
    public void Manifest_Missing_IsNamed()
    {
        var folder = RunFolder.Create(_parent, "a9a", s_now);
        Assert.Contains("model.json is not there", Assert.Throws<InputException>(() => folder.ReadModel()).Message);
    }

    [Fact]
    public void Metrics_NumbersThatAreNone_AreLeftOut()
    {
        var folder = RunFolder.Create(_parent, "a9a", s_now);
        var metrics = ImmutableSortedDictionary<string, double>.Empty.Add("auc", double.NaN).Add("rmse", 2);
        var record = new RunRecord(folder) { Log = NullLogger.Instance };
        record.Add(new Evaluation { Step = 1, Epoch = 1, TrainLoss = double.NaN, Metrics = metrics });
        record.Add(new Evaluation { Step = 2, Epoch = 2, TrainLoss = 0.25 });
        var lines = File.ReadAllLines(Path.Combine(folder.Path, "metrics.jsonl"));
        Assert.Equal(
            """{"step":1,"epoch":1,"learningRate":0,"parameterNorm":0,""", lines[0][..55]);
        Assert.Contains("\"metrics\":{\"rmse\":2}", lines[0]);
        Assert.StartsWith("""{"step":2,"epoch":2,"trainLoss":0.25,""", lines[1]);
        Assert.Equal(2, lines.Length);
    }

    private RunFolder WriteRun(float[] parameters)
    {
        var folder = RunFolder.Create(_parent, "a9a", s_now);
        var job = new Job
        {
            Data = new DataSpec { Train = new DataSource { Path = "a.csv", Format = "csv" } },
            Model = Component.Of("linear"),
        };
        var result = new TrainingResult
        {
            End = TrainingEnd.Interrupted,
            StopReason = "interrupted",
            Steps = 5,
            Epochs = 1,
            KeptStep = 4,
            KeptEpoch = 1,
            TrainLoss = double.NaN,
            Metrics = ImmutableSortedDictionary<string, double>.Empty.Add("accuracy", 0.5),
            ValidationMetrics = ImmutableSortedDictionary<string, double>.Empty,
            Parameters = parameters,
            ModelSha256 = ModelHash.Of(parameters),
            SamplesPerSecond = 1,
            WallSeconds = 1,
            History = [],
        };
        folder.WriteModel(job, JobTables.All, [new ParameterBlock("weight", 0, [3], true)], "datahash", result);
        return folder;
    }
}
