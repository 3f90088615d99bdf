using ClusterGd.Cluster.Storage;
using ClusterGd.Core.Events;
using Xunit;

namespace ClusterGd.Cluster.Tests.Storage;

/// <summary>A folder that cannot be written, was moved or removed: nothing that can be kept is lost.</summary>
public sealed class RunRecordTests : IDisposable
{
    private readonly RecordedRun _run = new();

    public void Dispose() => _run.Dispose();

    /// <summary>A folder of a file's name stands for every reason why the file cannot be written.</summary>
    [Fact]
    public void Add_WhileTheDiskTakesNothing_IsToldOnceAndWrittenLater()
    {
        _run.Begin();
        string kept = _run.Folder.EventsPath + ".kept";
        File.Move(_run.Folder.EventsPath, kept);
        Directory.CreateDirectory(_run.Folder.EventsPath);
        for (int i = 0; i < 5; i++) _run.Journal.Take(new Note($"note {i}"));
        Assert.Contains(" cannot be written: ", Assert.Single(_run.Told), StringComparison.Ordinal);
        Directory.Delete(_run.Folder.EventsPath);
        File.Move(kept, _run.Folder.EventsPath);

        _run.Record.Complete(RecordedRun.ResultOf(TrainingEnd.Finished, RecordedRun.History));

        Assert.Equal(2, _run.Told.Count);
        Assert.EndsWith("is written again; no line is missing.", _run.Told[1], StringComparison.Ordinal);
        Assert.Equal(
            ["note 0", "note 1", "note 2", "note 3", "note 4"],
            _run.Read().Events.Where(e => e.Kind == EventKind.Note).Select(e => e.Why));
        Assert.Empty(_run.Read().Breaks);
    }

    /// <summary>A disk that fails in the last moment alone is no reason for an audit with a hole.</summary>
    [Fact]
    public void WriteLast_DiskThatTakesLinesAgainAfterTheEnd_LeavesNoneOut()
    {
        _run.Begin();
        var result = RecordedRun.ResultOf(TrainingEnd.Finished, RecordedRun.History);
        File.Delete(_run.Folder.MetricsPath);
        Directory.CreateDirectory(_run.Folder.MetricsPath);
        _run.Record.RestartMetrics(RecordedRun.History);
        _run.Record.Complete(result);
        Directory.Delete(_run.Folder.MetricsPath);

        _run.Record.WriteLast();

        Assert.Equal(2, _run.Told.Count);
        Assert.EndsWith("is written again; no line is missing.", _run.Told[1], StringComparison.Ordinal);
        Assert.Equal(RecordedRun.History.Length, File.ReadLines(_run.Folder.MetricsPath).Count());
    }

    [Fact]
    public void LineLog_MoreLinesThanItKeeps_CountsTheOthersAndKeepsWhatIsNeeded()
    {
        string path = Path.Combine(_run.Folder.Path, "lines");
        Directory.CreateDirectory(path);
        var log = new LineLog(() => path, waitingMax: 2);
        for (char c = 'a'; c <= 'e'; c++) log.Add([(byte)c, (byte)'\n'], isNeeded: c == 'e');
        Assert.ThrowsAny<Exception>(() => log.Flush());
        Directory.Delete(path);

        Assert.Equal(2, log.Flush());
        Assert.Equal(["a", "b", "e"], File.ReadAllLines(path));
        Assert.Equal(0, log.Flush());
    }

    /// <summary>What comes while a write stands still is neither lost nor written twice.</summary>
    [Theory]
    [InlineData(false, "a b c")]
    [InlineData(true, "c")]
    public async Task LineLog_AddedToWhileTheDiskDoesNotAnswer_HasEachLineOnce(bool isRestarted, string expected)
    {
        string path = Path.Combine(_run.Folder.Path, "lines");
        using var asked = new ManualResetEventSlim();
        using var answers = new ManualResetEventSlim();
        var log = new LineLog(() =>
        {
            asked.Set();
            answers.Wait();
            return path;
        });
        log.Add("a\n"u8.ToArray(), isNeeded: true);
        log.Add("b\n"u8.ToArray(), isNeeded: true);
        var writing = Task.Run(log.Flush);
        asked.Wait();
        if (isRestarted) log.Restart();
        log.Add("c\n"u8.ToArray(), isNeeded: true);
        answers.Set();
        await writing;

        log.Flush();

        Assert.Equal(expected.Split(' '), File.ReadAllLines(path));
        Assert.Equal(0, log.WaitingCount);
    }

    [SkippableFact]
    public void Add_AfterTheFolderWasRenamed_GoesOnInIt()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "only Linux tells where an open file is");
        _run.Begin();
        string old = _run.Folder.Path, moved = old + "-moved";
        Directory.Move(old, moved);
        // Another run's folder, which is none of this run's business.
        Directory.CreateDirectory(old);
        var manifest = _run.End(TrainingEnd.Finished, RecordedRun.History);

        Assert.Equal(moved, _run.Folder.Path);
        Assert.Empty(Directory.GetFileSystemEntries(old));
        Assert.Equal(manifest.ModelSha256, RunFolder.Open(moved).ReadModel().Manifest.ModelSha256);
        Assert.Equal($"The run folder was moved to {moved}; the run goes on there.", Assert.Single(_run.Told));
    }

    [SkippableFact]
    public async Task Rescue_FolderThatWasRemoved_WritesAWholeRunBesideIt()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "only Linux tells where an open file is");
        string path = _run.Folder.Path;
        var rescue = new ModelRescue(_run.Folder, _run.Record, _run.Record.Log);
        _run.Begin();
        Directory.Delete(path, recursive: true);
        var result = RecordedRun.ResultOf(TrainingEnd.Finished, RecordedRun.History);
        _run.Journal.End(result);

        var manifest = await rescue.WriteAsync(result, folder => RecordedRun.WriteModel(folder, result));

        Assert.False(Directory.Exists(path));
        Assert.Equal($"{path}-rescued", rescue.Other!.Path);
        var rescued = RunFolder.Open($"{path}-rescued");
        Assert.Equal(manifest.ModelSha256, rescued.ReadModel().Manifest.ModelSha256);
        Assert.Equal(48, rescued.LastMetricsStep);
        Assert.Equal(2, _run.Told.Count);
        Assert.Contains($"{path} was removed", _run.Told[0], StringComparison.Ordinal);
        Assert.Contains($"It is in {path}-rescued", _run.Told[1], StringComparison.Ordinal);
    }

    /// <summary>An earlier model of a resumed run is not spoiled by a later one that cannot be written.</summary>
    [Fact]
    public void WriteModel_ManifestThatCannotBeWritten_LeavesTheModelThatWasThere()
    {
        _run.WriteAll("a note");
        string manifest = Path.Combine(_run.Folder.Path, "model.json");
        byte[] before = File.ReadAllBytes(_run.Folder.ModelPath);
        Directory.CreateDirectory(manifest + ".tmp");
        var result = RecordedRun.ResultOf(TrainingEnd.Finished, RecordedRun.History) with { Parameters = new float[9] };

        Assert.ThrowsAny<Exception>(() => RecordedRun.WriteModel(_run.Folder, result));

        Assert.Equal(before, File.ReadAllBytes(_run.Folder.ModelPath));
        Assert.False(File.Exists(_run.Folder.ModelPath + ".tmp"));
    }

    [Fact]
    public void WriteModel_ModelThatCannotTakeItsPlace_LeavesNothingHalfDone()
    {
        Directory.CreateDirectory(_run.Folder.ModelPath);
        var result = RecordedRun.ResultOf(TrainingEnd.Finished, RecordedRun.History);

        Assert.ThrowsAny<Exception>(() => RecordedRun.WriteModel(_run.Folder, result));

        Assert.Empty(Directory.GetFiles(_run.Folder.Path, "model*"));
    }
}
