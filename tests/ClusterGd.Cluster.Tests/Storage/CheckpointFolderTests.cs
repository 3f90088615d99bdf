using ClusterGd.Cluster.Faults;
using ClusterGd.Cluster.Storage;
using ClusterGd.Core.Faults;
using ClusterGd.Core.Protocol;
using Xunit;

namespace ClusterGd.Cluster.Tests.Storage;

public sealed class CheckpointFolderTests : IDisposable
{
    private static readonly TrainingPlan s_plan = TestCheckpoints.Plan("kmeans");
    private readonly string _path = Directory.CreateTempSubdirectory("clustergd-checkpoints-").FullName;
    private readonly List<string> _told = [];
    private readonly CheckpointFolder _folder;

    public CheckpointFolderTests() => _folder = new CheckpointFolder(_path);

    public void Dispose() => Directory.Delete(_path, recursive: true);

    [Fact]
    public void Write_MoreThanAreKept_LeavesTheNewest()
    {
        for (long step = 1; step <= 5; step++) Write(step);

        Assert.Equal([5L, 4, 3], _folder.Files.Select(CheckpointFolder.StepOf));
        Assert.Equal(3, Directory.GetFiles(_path).Length);
        Assert.Equal(5, Newest());
    }

    [Fact]
    public void FindNewest_NewestDamaged_NamesItAndTakesTheOneBefore()
    {
        Write(1);
        Write(2);
        Flip(_folder.Files[0]);

        Assert.Equal(1, Newest());
        Assert.Contains("step-000000000002.ckpt is passed over: block 1 of 1 has checksum", Assert.Single(_told));
    }

    [Fact]
    public void FindNewest_NothingThere_IsNull()
    {
        Assert.Null(_folder.FindNewest(_told.Add));
        Assert.Null(new CheckpointFolder(Path.Combine(_path, "none")).FindNewest(_told.Add));
        Assert.Empty(_told);
    }

    /// <summary>Of the files of a process before it is not known that they are whole: they count for nothing.</summary>
    [Fact]
    public void Write_BesideFilesOfUnknownState_DeletesTheLastGoodOneOnlyBehindEnoughGoodOnes()
    {
        Write(1);
        for (long step = 2; step <= 4; step++)
        {
            Write(step, new CheckpointFolder(_path));
            Flip(_folder.Files[0]);
        }
        var later = new CheckpointFolder(_path);
        Assert.Equal(1, Newest(later));
        Write(5, later);
        Write(6, later);

        Assert.Contains(1, later.Files.Select(CheckpointFolder.StepOf));
        Write(7, later);
        Assert.Equal([7L, 6, 5], later.Files.Select(CheckpointFolder.StepOf));
    }

    [Fact]
    public void Write_BesideWhatAKilledProcessLeft_CleansUp()
    {
        File.WriteAllText(Path.Combine(_path, ".step-000000000001.ckpt.0.tmp"), "half");
        Write(1);

        Assert.Equal(["step-000000000001.ckpt"], Directory.GetFiles(_path).Select(Path.GetFileName));
    }

    [Fact]
    public void Write_FolderThatCannotBeWritten_SaysSoAndLeavesTheOthers()
    {
        Write(1);
        // A folder of the file's name lets the last step fail.
        Directory.CreateDirectory(Path.Combine(_path, "step-000000000002.ckpt"));

        Assert.ThrowsAny<Exception>(() => Write(2));
        Assert.Equal(1, Newest());
        Assert.Empty(Directory.GetFiles(_path, ".*"));
    }

    [Theory]
    [InlineData(FaultKind.DiskFull, "No space left on device")]
    [InlineData(FaultKind.FsyncError, "fsync")]
    public void Write_DiskFaultOnPurpose_FailsWhileItLastsAndLeavesTheOthers(FaultKind kind, string sentence)
    {
        var faults = new DiskFaults();
        var folder = new CheckpointFolder(_path, faults);
        var fault = FaultKinds.New(kind);
        Write(1, folder);
        faults.Begin(fault);
        Assert.Contains(sentence, Assert.Throws<IOException>(() => Write(2, folder)).Message);
        faults.End(fault);
        Write(3, folder);

        Assert.Equal([3L, 1], folder.Files.Select(CheckpointFolder.StepOf));
        Assert.Equal(1, faults.StruckCount);
    }

    /// <summary>
    /// After a loss of power the name may be there without the content, or neither: so the content is on the disk
    /// before the name, and the name before an older checkpoint is deleted.
    /// </summary>
    [SkippableFact]
    public void Write_ACheckpoint_FlushesTheFileThenRenamesItThenFlushesTheFolderThenDeletes()
    {
        Skip.If(OperatingSystem.IsWindows(), "a folder cannot be flushed");
        for (long step = 1; step <= 3; step++) Write(step);
        var seen = new List<string>();
        Durable.Flushed = path => seen.Add($"{Path.GetFileName(path)}: {Listing()}");
        try
        {
            Write(4);
        }
        finally
        {
            Durable.Flushed = null;
        }

        Assert.Equal(
            [
                ".step-000000000004.ckpt.0.tmp: 1 2 3 tmp", $"{Path.GetFileName(_path)}: 1 2 3 4",
            ], seen);
        Assert.Equal("2 3 4", Listing());
    }

    /// <summary>As some network file systems do, Linux' own /proc answers that it cannot (EINVAL).</summary>
    [SkippableFact]
    public void FlushFolder_FileSystemThatCannot_IsNoError()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "/proc is of Linux");
        Durable.FlushFolder("/proc");
    }

    /// <summary>The kernel has nothing to flush of it and says so; .NET's own call would return as if it had.</summary>
    [SkippableFact]
    public void Flush_FileThatTheKernelCannotFlush_IsAnError()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "/dev/null is of Unix, and what it answers of Linux");
        using var file = new FileStream("/dev/null", FileMode.Open, FileAccess.Write);

        Assert.Contains(
            "/dev/null cannot be written to the disk (fsync): Invalid argument",
            Assert.Throws<IOException>(() => Durable.Flush(file)).Message, StringComparison.Ordinal);
    }

    /// <summary>So is the model: its name must not be there before its content, nor be lost later.</summary>
    [SkippableFact]
    public void AtomicFile_Write_FlushesTheContentThenRenamesItThenFlushesTheFolder()
    {
        Skip.If(OperatingSystem.IsWindows(), "a folder cannot be flushed");
        string file = Path.Combine(_path, "model");
        AtomicFile.Write(file, "old");
        var seen = new List<string>();
        Durable.Flushed = path => seen.Add($"{path[_path.Length..]}: {File.ReadAllText(file)}");
        try
        {
            AtomicFile.Write(file, "new");
        }
        finally
        {
            Durable.Flushed = null;
        }

        Assert.Equal(["/model.tmp: old", ": new"], seen);
        Assert.Equal("new", File.ReadAllText(file));
    }

    private string Listing() => string.Join(' ', Directory.GetFiles(_path).Order(StringComparer.Ordinal)
        .Select(file => CheckpointFolder.StepOf(file)).OrderBy(step => step < 0 ? long.MaxValue : step)
        .Select(step => step < 0 ? "tmp" : $"{step}"));

    private void Write(long step, CheckpointFolder? folder = null) => (folder ?? _folder).Write(
        CheckpointHeader.Of(7, s_plan, step), TestCheckpoints.Make(s_plan, step), keep: 3);

    private long? Newest(CheckpointFolder? folder = null) => (folder ?? _folder).FindNewest(_told.Add)?.Header.Step;

    private static void Flip(string file)
    {
        byte[] bytes = File.ReadAllBytes(file);
        bytes[CheckpointFrame.HeaderBytes + 100] ^= 1;
        File.WriteAllBytes(file, bytes);
    }
}
