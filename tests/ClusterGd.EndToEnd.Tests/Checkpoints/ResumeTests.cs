using System.Globalization;
using System.Text.Json;
using ClusterGd.Cluster.Storage;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Protocol;
using ClusterGd.Data;
using ClusterGd.Data.Jobs;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.EndToEnd.Tests.Checkpoints;

/// <summary><c>clustergd resume</c> on one node: where it goes on, and what it refuses.</summary>
public sealed class ResumeTests : IDisposable
{
    private readonly Cli _cli = new();

    public ResumeTests()
    {
        Assert.Equal(0, _cli.Run(
            "data", "generate", "softmax", "--out", "rows.csv", "--rows", "1200", "--features", "12", "--classes",
            "4").ExitCode);
        // The criterion remembers what came before; its interruption must not be among it.
        _cli.Write("job.yaml", """
            data: { train: { path: rows.csv } }
            model: { kind: mlp, hidden: [64], dropout: 0.2 }
            loss: softmax
            optimizer: { kind: adam, learningRate: 0.002 }
            training: { batchSize: 100, shards: 4, epochs: 120, sliceSize: 1024 }
            checkpoint: { everySteps: 7 }
            stop:
              - { on: relativeLoss, tolerance: 1e-9, patience: 120 }
              - { on: parameterChange, tolerance: 1e-9 }
            """);
    }

    public void Dispose() => _cli.Dispose();

    [SkippableTheory]
    [InlineData("KILL")]
    [DeepData("INT")]
    public void Run_EndedInTheMiddle_IsResumedToTheBitsAndTheMetricsOfOneThatWasNot(string signal)
    {
        Skip.If(OperatingSystem.IsWindows(), "there is no kill command");
        string whole = LastLine(Train("--run-dir", "whole"));
        var cut = _cli.RunAndSignal(
            signal, () => Checkpoints("cut").Count > 1, "train", "job.yaml", "--run-dir", "cut", "--nodes", "2");
        Assert.Equal(signal == "INT" ? 130 : 137, cut.ExitCode);
        var resumed = _cli.Run("resume", "cut", "--nodes", "3");

        Assert.True(resumed.ExitCode == 0, resumed.Error);
        Assert.Contains("the run goes on from the checkpoint of step", resumed.Error);
        Assert.Equal(whole, LastLine(resumed));
        Assert.Equal(Metrics("whole"), Metrics("cut"));
    }

    /// <summary>More than a message holds: the coordinator asks the client for them page by page.</summary>
    [SkippableFact, Trait("Depth", "deep")]
    public void Run_WithThousandsOfEvaluations_IsResumedByProcesses()
    {
        Skip.If(OperatingSystem.IsWindows(), "there is no kill command");
        _cli.Write("long.yaml", """
            data: { train: { path: rows.csv } }
            model: linear
            loss: softmax
            optimizer: { kind: momentum, learningRate: 0.1, momentum: 0.9 }
            training: { batchSize: 1200, shards: 4, epochs: 3000 }
            checkpoint: { everySteps: 100 }
            """);
        string whole = LastLine(_cli.Run("train", "long.yaml", "--run-dir", "whole"));
        _cli.RunAndSignal("INT", () => MetricsIn("cut") >= 2_200, "train", "long.yaml", "--run-dir", "cut");
        Assert.InRange(MetricsIn("cut"), 2_200, 2_999);
        var resumed = _cli.Run("resume", "cut", "--processes", "2");

        Assert.True(resumed.ExitCode == 0, resumed.Error);
        Assert.Equal(whole, LastLine(resumed));
        Assert.Equal(Metrics("whole"), Metrics("cut"));
    }

    [Fact]
    public void Run_Finished_IsRefusedWithWhatToDo()
    {
        Train("--run-dir", "run", "--set", "training.epochs=2");
        var result = _cli.Run("resume", "run");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("run is finished (2 epochs done, step 24): there is nothing to resume.", result.Error);
        Assert.Contains("clustergd train JOB.yaml --from run", result.Error);
    }

    [Fact]
    public void Run_WithOtherBits_IsRefusedWithBothValues()
    {
        Cut("run");
        var result = _cli.Run("resume", "run", "--set", "training.epochs=7", "--set", "cluster.backups=0");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("training.epochs is 3 in run and cannot become 7: that changes the result.", result.Error);
        Assert.DoesNotContain("backups", result.Error);
    }

    [Fact]
    public void Run_DataChanged_IsRefusedWithBothHashes()
    {
        Cut("run");
        File.AppendAllText(Path.Combine(_cli.Folder, "rows.csv"), File.ReadLines(
            Path.Combine(_cli.Folder, "rows.csv")).Last() + "\n");
        var result = _cli.Run("resume", "run");

        Assert.Equal(2, result.ExitCode);
        Assert.Matches("was made with data hash [0-9a-f]{64}, here it is [0-9a-f]{64}", result.Error);
    }

    [Fact]
    public void Run_OfAnotherKernelVersion_IsRefusedWithBothVersions()
    {
        Cut("run");
        var job = JobFile.Read(Path.Combine(_cli.Folder, "run", "job.yaml"), [], JobTables.All);
        var plan = new TrainingPlan(job, DataSets.Load(job.Data, JobTargets.KindOf(job), job.Seed).DataSet);
        var folder = new CheckpointFolder(Path.Combine(_cli.Folder, "run", "checkpoints"));
        var (file, header) = folder.FindNewest(damaged => Assert.Fail(damaged))!.Value;
        folder.Write(header with { KernelVersion = "0" }, CheckpointFolder.Read(file, plan), keep: 1);
        var result = _cli.Run("resume", "run");

        Assert.Equal(2, result.ExitCode);
        Assert.Matches("was made with kernel version 0, here it is [1-9]", result.Error);
    }

    [Fact]
    public void Run_ThatIsStillTrained_IsRefused()
    {
        Cut("run");
        using var claim = RunFolder.Open(Path.Combine(_cli.Folder, "run")).Claim();
        var result = _cli.Run("resume", "run");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("If another process trains this run, wait for it.", result.Error);
    }

    [Fact]
    public void Run_NewestCheckpointDamaged_NamesItsBlockAndGoesOnFromTheOneBefore()
    {
        string whole = Cut("run");
        var files = Checkpoints("run");
        Assert.True(files.Count > 1, "one checkpoint alone");
        byte[] bytes = File.ReadAllBytes(files[^1]);
        bytes[5000] ^= 1;
        File.WriteAllBytes(files[^1], bytes);
        var result = _cli.Run("resume", "run", "--set", "checkpoint.everySteps=0");

        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains($"{files[^1]} is passed over: block 1 of 1 has checksum", result.Error);
        Assert.Matches($@"goes on from the checkpoint of step {Step(files[^2])}\b", result.Error);
        Assert.Equal(whole, LastLine(result));
    }

    [Fact]
    public void Run_WithoutCheckpoint_BeginsAtStep0ToTheSameBits()
    {
        string whole = Cut("run");
        Directory.Delete(Path.Combine(_cli.Folder, "run", "checkpoints"), recursive: true);
        var result = _cli.Run("resume", "run");

        Assert.Contains("run has no checkpoint: it begins at step 0", result.Error);
        Assert.Equal(whole, LastLine(result));
    }

    [Fact]
    public void Train_FromAnotherRun_BeginsWithItsParametersAndSoDoesItsResume()
    {
        Train("--run-dir", "first", "--set", "training.epochs=3");
        string second = LastLine(Train("--run-dir", "second", "--set", "training.epochs=2", "--from", "first"));
        string again = LastLine(Train(
            "--run-dir", "third", "--set", "training.epochs=2", "--from", "first", "--nodes", "2"));
        string own = LastLine(Train("--run-dir", "own", "--set", "training.epochs=2"));
        Assert.Equal(second, again);
        Assert.NotEqual(second, own);

        File.Delete(Path.Combine(_cli.Folder, "third", "model.json"));
        var resumed = _cli.Run("resume", "third");
        Assert.True(resumed.ExitCode == 0, resumed.Error);
        Assert.Equal(second, LastLine(resumed));
        Assert.Contains("initialModel: ", File.ReadAllText(Path.Combine(_cli.Folder, "third", "job.yaml")));
    }

    /// <summary>What a run of three epochs leaves that was killed before it wrote its model; its last line.</summary>
    private string Cut(string folder)
    {
        string whole = LastLine(Train("--run-dir", folder, "--set", "training.epochs=3"));
        File.Delete(Path.Combine(_cli.Folder, folder, "model.json"));
        return whole;
    }

    /// <summary>The files of a run's checkpoints, the oldest first.</summary>
    private List<string> Checkpoints(string folder)
    {
        string path = Path.Combine(_cli.Folder, folder, "checkpoints");
        return Directory.Exists(path) ? [.. Directory.GetFiles(path, "step-*").Order()] : [];
    }

    private static long Step(string file) =>
        long.Parse(Path.GetFileNameWithoutExtension(file)[5..], CultureInfo.InvariantCulture);

    /// <summary>All of each line but the time.</summary>
    private List<string> Metrics(string folder) =>
    [
        .. File.ReadLines(Path.Combine(_cli.Folder, folder, "metrics.jsonl")).Select(line =>
        {
            using var json = JsonDocument.Parse(line);
            return string.Join(' ', json.RootElement.EnumerateObject()
                .Where(p => p.Name != "elapsedSeconds").Select(p => p.ToString()));
        }),
    ];

    private int MetricsIn(string folder)
    {
        string path = Path.Combine(_cli.Folder, folder, "metrics.jsonl");
        return File.Exists(path) ? File.ReadLines(path).Count() : 0;
    }

    private static string LastLine(CliResult result) => result.Output.TrimEnd().Split('\n')[^1];

    private CliResult Train(params string[] options)
    {
        var result = _cli.Run(["train", "job.yaml", .. options]);
        Assert.True(result.ExitCode == 0, result.Error);
        return result;
    }
}
