using System.Text.Json;
using ClusterGd.Cluster.Storage;
using ClusterGd.EndToEnd.Tests.Checkpoints;
using ClusterGd.EndToEnd.Tests.Clusters;
using ClusterGd.EndToEnd.Tests.Network;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.EndToEnd.Tests.Storage;

/// <summary>
/// Disks that are full or broken, and folders that go away while a run writes them: it is told once, training goes on,
/// and the model is always somewhere that is named.
/// </summary>
public sealed class FailingDiskTests : IDisposable
{
    private static string? s_hash;
    private readonly Cli _cli = new();
    private string? _mount, _elsewhere;

    public FailingDiskTests()
    {
        var made = _cli.Run(
            "data", "generate", "logistic", "--out", "rows.libsvm", "--rows", "400", "--features", "20");
        Assert.True(made.ExitCode == 0, made.Error);
        _cli.Write("job.yaml", """
            data: { train: { path: rows.libsvm } }
            model: linear
            loss: logistic
            optimizer: { kind: adam, learningRate: 0.01 }
            training: { batchSize: 100, shards: 4, epochs: 1200 }
            checkpoint: { everySteps: 200, everySeconds: 0, keep: 2 }
            """);
    }

    public void Dispose()
    {
        if (_mount is not null) LabCommand.Run($"umount -l {_mount}");
        if (_elsewhere is not null) Directory.Delete(_elsewhere, recursive: true);
        _cli.Dispose();
    }

    /// <summary>Full when it begins, after some evaluations, and after some evaluations for a while.</summary>
    [SkippableTheory]
    [InlineData(0, false, false)]
    [InlineData(20, false, true)]
    [DeepData(20, true, false)]
    public void Disk_Full_IsToldOnceAndTheModelIsInAPlaceThatIsNamed(int evaluations, bool isFreed, bool hasProcesses)
    {
        string disk = Mount();
        string run = Path.Combine(disk, "run"), fill = Path.Combine(disk, "fill");
        if (evaluations == 0) Fill(fill);
        string[] place = hasProcesses ? ["--processes", "2"] : ["--threads", "1"];

        var result = _cli.RunAndStrike(
            () => evaluations == 0 || MetricsIn(run) >= evaluations,
            () =>
            {
                if (evaluations > 0) Fill(fill);
                if (!isFreed) return;
                int before = MetricsIn(run);
                SpinWait.SpinUntil(() => MetricsIn(run) > before, 500);
                File.Delete(fill);
            },
            ["train", "job.yaml", "--run-dir", run, "--quiet", .. place]);

        AssertKept(result, run);
        if (isFreed) Assert.Equal(0, _cli.Run("audit", run).ExitCode);
        if (!isFreed) Assert.NotEqual(run, PlaceOf(result));
    }

    /// <summary>
    /// Each file of a run by itself, and the folder, with another error. strace counts each thread's calls apart.
    /// </summary>
    [SkippableTheory, Trait("Depth", "deep")]
    [InlineData("pwrite64:error=ENOSPC:when=5+", "metrics.jsonl")]
    [InlineData("pwrite64:error=EIO:when=1..3", "events.jsonl")]
    [InlineData("openat:error=EACCES", "encoding.json.tmp")]
    [InlineData("rename:error=EROFS", "job.yaml.tmp", "job.yaml")]
    [InlineData("fsync:error=EIO", "model.safetensors.tmp")]
    [InlineData("fsync:error=EIO", "")]
    [InlineData("pwrite64:error=EDQUOT", "model.json.tmp")]
    public void File_ThatCannotBeWritten_KeepsNobodyFromTraining(string inject, params string[] names)
    {
        Skip.If(Strace.WhyNot is not null, Strace.WhyNot);
        string run = Path.Combine(_cli.Folder, "run");
        var (result, calls) = Strace.Run(
            _cli, inject, names.Select(name => Path.Combine(run, name)),
            "train", "job.yaml", "--run-dir", run, "--quiet", "--threads", "1");

        Assert.Contains(calls, call => call.Contains("(INJECTED)"));
        AssertKept(result, run);
    }

    /// <summary>
    /// As where the server of a network's disk is gone: a call does not return, here for longer than the program waits.
    /// </summary>
    [SkippableTheory, Trait("Depth", "deep")]
    [InlineData("metrics.jsonl")]
    [InlineData("model.safetensors.tmp")]
    public void Disk_DoesNotAnswer_TheModelIsInAPlaceThatIsNamed(string name)
    {
        Skip.If(Strace.WhyNot is not null, Strace.WhyNot);
        string run = Path.Combine(_cli.Folder, "run");

        var (result, _) = Strace.Run(
            _cli, "pwrite64:delay_enter=60000000", [Path.Combine(run, name)],
            "train", "job.yaml", "--run-dir", run, "--quiet", "--threads", "1");

        AssertKept(result, run);
        Assert.NotEqual(run, PlaceOf(result));
        Assert.Contains("the disk has not answered for", result.Error, StringComparison.Ordinal);
    }

    [SkippableFact, Trait("Depth", "deep")]
    public void OrderOfAMode_ThatCannotBeWrittenForAWhile_IsReplayedToTheBits()
    {
        Skip.If(Strace.WhyNot is not null, Strace.WhyNot);
        string run = Path.Combine(_cli.Folder, "run");
        // The first call of each thread that writes: a run of any length has one.
        var (result, calls) = Strace.Run(
            _cli, "pwrite64:error=ENOSPC:when=1", [Path.Combine(run, "order.jsonl")],
            "train", "job.yaml", "--run-dir", run, "--quiet", "--set", "training.mode.kind=asynchronous");

        Assert.Contains(calls, call => call.Contains("(INJECTED)"));
        Assert.True(result.ExitCode == 0, result.Error);
        var replay = _cli.Run("replay", run);
        Assert.True(replay.ExitCode == 0, replay.Error);
        Assert.Contains("the bits of the run's model", replay.Output);
        Assert.Equal(0, _cli.Run("audit", run).ExitCode);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void Folder_RemovedOrRenamedInMidRun_DoesNotTakeTheModelAway(bool isRenamed)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "only Linux tells where an open file is");
        string run = Path.Combine(_cli.Folder, "run"), moved = Path.Combine(_cli.Folder, "moved");

        var result = _cli.RunAndStrike(
            () => MetricsIn(run) >= 20,
            () =>
            {
                if (isRenamed) Directory.Move(run, moved);
                else Remove(run);
            },
            "train", "job.yaml", "--run-dir", run, "--quiet", "--threads", "1");

        AssertKept(result, run);
        Assert.Equal(isRenamed ? moved : $"{run}-rescued", PlaceOf(result));
        Assert.False(Directory.Exists(run));
        if (isRenamed) Assert.Equal(0, _cli.Run("audit", moved).ExitCode);
    }

    [SkippableFact]
    public void Json_OfAModelInAnotherPlace_HasThatPlace()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "only Linux tells where an open file is");
        string run = Path.Combine(_cli.Folder, "run");
        var result = _cli.RunAndStrike(
            () => MetricsIn(run) >= 20, () => Remove(run),
            "train", "job.yaml", "--run-dir", run, "--json", "--threads", "1");

        using var json = JsonDocument.Parse(result.Output);
        Assert.Equal($"{run}-rescued", json.RootElement.GetProperty("runDir").GetString());
    }

    /// <summary>A screen that nobody reads any more is no reason to lose a model.</summary>
    [SkippableFact]
    public void Output_ClosedInMidRun_DoesNotTakeTheModelAway()
    {
        Skip.If(OperatingSystem.IsWindows(), "there is no head");
        string script = _cli.Write("script.sh", $"""
            cd {_cli.Folder}
            dotnet {Cli.Program} train job.yaml --run-dir run --threads 1 | head -n 1
            """);
        LabCommand.Run($"bash {script}");

        Assert.Equal(Hash, HashOf(Path.Combine(_cli.Folder, "run")));
    }

    /// <summary>Of a run that nothing befalls; the rows are the same in all tests.</summary>
    private string Hash => s_hash ??= ThreeJobs.HashIn(
        _cli.Run("train", "job.yaml", "--run-dir", "golden", "--quiet", "--threads", "1").Output);

    private void AssertKept(CliResult result, string run)
    {
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.True(result.IsForPeople, result.Error);
        Assert.Equal(Hash, ThreeJobs.HashIn(result.Output));
        Assert.InRange(result.Error.Split(" cannot be written: ").Length - 1, 0, 1);
        string place = PlaceOf(result);
        if (!place.StartsWith(_cli.Folder, StringComparison.Ordinal)) _elsewhere = place;
        Assert.Equal(Hash, HashOf(place));
        if (place != run) Assert.Contains(place, result.Error, StringComparison.Ordinal);
        var evaluated = _cli.Run("evaluate", place, "--data", "rows.libsvm");
        Assert.True(evaluated.ExitCode == 0, evaluated.Error);
    }

    private static string HashOf(string run) =>
        $"model sha256: {RunFolder.Open(run).ReadModel().Manifest.ModelSha256}";

    private string PlaceOf(CliResult result)
    {
        const string Mark = "run folder: ";
        string line = result.Output.Split('\n').Single(line => line.StartsWith(Mark, StringComparison.Ordinal));
        return Path.GetFullPath(line[Mark.Length..], _cli.Folder);
    }

    /// <summary>A disk of a megabyte.</summary>
    private string Mount()
    {
        string path = Path.Combine(_cli.Folder, "disk");
        Directory.CreateDirectory(path);
        var (isDone, problem) = LabCommand.TryRun($"mount -t tmpfs -o size=1m tmpfs {path}");
        Skip.If(!isDone, $"no disk can be mounted here: {problem}");
        return _mount = path;
    }

    /// <summary>Takes all room that is left.</summary>
    private static void Fill(string file) => LabCommand.TryRun($"dd if=/dev/zero of={file} bs=4k");

    /// <summary>A file that the program makes meanwhile leaves the folder not empty: then again.</summary>
    private static void Remove(string folder)
    {
        while (Directory.Exists(folder))
        {
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (IOException)
            {
            }
        }
    }

    private static int MetricsIn(string run)
    {
        try
        {
            return File.ReadLines(Path.Combine(run, "metrics.jsonl")).Count();
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
