using ClusterGd.Cluster.Storage;
using ClusterGd.EndToEnd.Tests.Clusters;
using Xunit;
using Xunit.Abstractions;

namespace ClusterGd.EndToEnd.Tests.Checkpoints;

/// <summary>
/// The process that saves, killed at each system call with which it does, and disks that fail: what is left is always
/// resumed to the same bits. By default at each flush, rename and deletion and at some of the other calls;
/// <c>CLUSTERGD_CRASH_CALLS=all</c> tries all of them.
/// </summary>
[Collection(ClusterTests.Name)]
public sealed class CrashTests : IDisposable
{
    private const string Nothing = "all:signal=KILL:when=60000";   // a call that never comes
    private const string Run = "run", First = "step-000000001000.ckpt", Second = "step-000000002000.ckpt";
    private static string? s_hash;
    private static readonly bool s_triesAll = Environment.GetEnvironmentVariable("CLUSTERGD_CRASH_CALLS") == "all";
    private readonly ITestOutputHelper _output;
    private readonly Cli _cli = new();
    private readonly Dictionary<string, string> _resumed = [];

    public CrashTests(ITestOutputHelper output)
    {
        _output = output;
        var made = _cli.Run(
            "data", "generate", "logistic", "--out", "rows.libsvm", "--rows", "400", "--features", "20");
        Assert.True(made.ExitCode == 0, made.Error);
        _cli.Write("job.yaml", """
            data: { train: { path: rows.libsvm } }
            model: linear
            loss: logistic
            optimizer: { kind: adam, learningRate: 0.01 }
            training: { batchSize: 100, shards: 4, epochs: 1500 }
            checkpoint: { everySteps: 1000, everySeconds: 0, keep: 1 }
            """);
    }

    public void Dispose() => _cli.Dispose();

    [SkippableFact, Trait("Depth", "deep")]
    public void Writer_KilledAtEachCallOfTheFirstCheckpoint_LeavesWhatIsResumed()
    {
        Skip.If(Strace.WhyNot is not null, Strace.WhyNot);
        string[] names = ["", $".{First}.0.tmp", First];
        var all = Strace.Run(_cli, Nothing, In(Run, names), Train(Run)).Calls;
        // The next checkpoint begins as this one did.
        int count = all.Skip(1).TakeWhile(call => !call.Contains("mkdir(")).Count() + 1;
        var calls = Numbered(all.Take(count)).ToList();
        Assert.Contains(calls, call => call.Name == "rename");
        Assert.Equal(2, calls.Count(call => call.Name == "fsync"));

        var tried = calls.Where((call, i) => s_triesAll || i % 16 == 0 || call.Name is "fsync" or "rename").ToList();
        KillAt(names, tried);
        Assert.Equal(["", First], _resumed.Keys.Order());
        _output.WriteLine(
            $"killed at {tried.Count} of {count} calls; {_resumed.Count} different folders were left");
    }

    /// <summary>With one kept, the one before is deleted once the new one is durable, and not earlier.</summary>
    [SkippableFact, Trait("Depth", "deep")]
    public void Writer_KilledWhileItReplacesTheCheckpoint_LeavesWhatIsResumed()
    {
        Skip.If(Strace.WhyNot is not null, Strace.WhyNot);
        string[] names = [$".{Second}.0.tmp", Second, First];
        var all = Strace.Run(_cli, Nothing, In(Run, names), Train(Run)).Calls;
        int unlink = Array.FindIndex(all, call => call.Contains("unlink(") && call.Contains(First));
        int rename = Array.FindIndex(all, call => call.Contains("rename(") && call.Contains(Second));
        Assert.True(rename > 0 && unlink > rename, string.Join('\n', all));

        // From the flush on. The same thread or another may have renamed the first one, so renaming is not among them.
        KillAt(names, Numbered(all.Take(unlink + 1)).SkipWhile(call => call.Name != "fsync")
            .Where(call => call.Name != "rename")
            .Where((call, i) => s_triesAll || i % 6 == 0 || call.Name is "fsync" or "unlink"));
        Assert.Contains(Second, _resumed.Keys.SelectMany(left => left.Split(' ')));
    }

    [SkippableTheory]
    [InlineData("fsync:error=EIO", "Input/output error")]
    [InlineData("pwrite64:error=ENOSPC", "No space left on device")]
    public void Disk_FailsWithEveryCheckpoint_IsToldOnceAndTrainingGoesOn(string inject, string reason)
    {
        Skip.If(Strace.WhyNot is not null, Strace.WhyNot);
        var names = Enumerable.Range(0, 8).SelectMany(failures => Enumerable.Range(1, 6).Select(step =>
            $".step-{1000 * step:D12}.ckpt.{failures}.tmp"));
        var (result, calls) = Strace.Run(_cli, inject, In(Run, names), Train(Run));

        Assert.True(result.ExitCode == 0, result.Error);
        Assert.True(calls.Count(call => call.Contains("(INJECTED)")) > 1, "only one failure");
        Assert.Equal(Hash, ThreeJobs.HashIn(result.Output));
        Assert.Equal(1, result.Error.Split("is not saved: ").Length - 1);
        Assert.Contains(reason, result.Error);
        Assert.Contains("Training goes on", result.Error);
        Assert.Empty(Directory.GetFiles(FolderOf(Run)));
        Assert.True(result.IsForPeople, result.Error);
    }

    /// <summary>Of those that come while one is being written only the newest follows it.</summary>
    [SkippableFact, Trait("Depth", "deep")]
    public void Disk_Slow_SkipsCheckpointsAndTrainingGoesOn()
    {
        Skip.If(Strace.WhyNot is not null, Strace.WhyNot);
        var names = Enumerable.Range(1, 6).Select(step => $".step-{1000 * step:D12}.ckpt.0.tmp");
        var (result, calls) = Strace.Run(_cli, "fsync:delay_enter=6000000", In(Run, names), Train(Run));

        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(Hash, ThreeJobs.HashIn(result.Output));
        Assert.InRange(calls.Count(call => call.Contains("fsync(")), 1, 3);
        Assert.Empty(result.Error);
    }

    /// <summary>Of a run that nothing befalls; the rows are the same in all tests.</summary>
    private string Hash => s_hash ??= ThreeJobs.HashIn(_cli.Run(Train("golden")).Output);

    private string FolderOf(string run) => Path.Combine(_cli.Folder, run, "checkpoints");

    private IEnumerable<string> In(string run, IEnumerable<string> names) =>
        names.Select(name => Path.Combine(FolderOf(run), name).TrimEnd('/'));

    /// <summary>Two at once, each in a run of its own: they have one thread each.</summary>
    private void KillAt(string[] names, IEnumerable<(string Name, int Number)> calls)
    {
        var tried = calls.Select((call, i) => (call.Name, call.Number, Run: $"{Run}{i}"));
        string due = Hash;
        Parallel.ForEach(tried, new ParallelOptions { MaxDegreeOfParallelism = 2 }, call =>
        {
            string inject = $"{call.Name}:signal=KILL:when={call.Number}";
            var (killed, seen) = Strace.Run(_cli, inject, In(call.Run, names), Train(call.Run));
            Assert.True(killed.ExitCode == 137, $"{inject}: exit code {killed.ExitCode}\n{killed.Error}");
            string left = Left(call.Run), hash;
            lock (_resumed)
            {
                if (!_resumed.TryGetValue(left, out hash!)) _resumed[left] = hash = Resume(call.Run);
            }
            Assert.True(hash == due, $"{inject}, {seen[^1]}: left is '{left}', resumed to {hash}");
        });
    }

    /// <summary>The calls with their numbers among those of the same name and thread: as strace counts.</summary>
    private static IEnumerable<(string Name, int Number)> Numbered(IEnumerable<string> calls)
    {
        var counts = new Dictionary<(string, string), int>();
        foreach (string call in calls)
        {
            string thread = call.Split(' ')[0], name = call[thread.Length..call.IndexOf('(')].Trim();
            counts[(thread, name)] = counts.GetValueOrDefault((thread, name)) + 1;
            yield return (name, counts[(thread, name)]);
        }
    }

    /// <summary>What can be resumed of the folder; half-done files have other names, so all of it is whole.</summary>
    private string Left(string run)
    {
        var folder = new CheckpointFolder(FolderOf(run));
        var newest = folder.FindNewest(damaged => Assert.Fail(damaged));
        Assert.Equal(folder.Files.FirstOrDefault(), newest?.File);
        return string.Join(' ', folder.Files.Select(Path.GetFileName));
    }

    private static string[] Train(string folder) =>
        ["train", "job.yaml", "--run-dir", folder, "--threads", "1", "--quiet"];

    private string Resume(string run)
    {
        var result = _cli.Run("resume", run, "--quiet", "--threads", "1");
        Assert.True(result.ExitCode == 0, result.Error);
        return ThreeJobs.HashIn(result.Output);
    }
}
