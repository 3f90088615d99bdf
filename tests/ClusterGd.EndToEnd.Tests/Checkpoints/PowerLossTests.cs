using ClusterGd.EndToEnd.Tests.Clusters;
using ClusterGd.EndToEnd.Tests.Network;
using ClusterGd.Tests;
using Xunit;
using Xunit.Abstractions;

namespace ClusterGd.EndToEnd.Tests.Checkpoints;

/// <summary>
/// All processes killed at once at random moments, then resumed by others. <c>CLUSTERGD_RESUME_SEEDS=50</c> tries that
/// many moments, <c>CLUSTERGD_SEED=7</c> that one.
/// </summary>
[Collection(ClusterTests.Name)]
public sealed class PowerLossTests(ThreeJobs jobs, ITestOutputHelper output)
{
    private const int SeedsByDefault = 3;
    private static readonly TimeSpan s_patience = Limits.Hang;

    public static TheoryData<int> Seeds() => [.. RandomSeeds.Of("CLUSTERGD_RESUME_SEEDS", SeedsByDefault)];

    [SkippableFact, Trait("Depth", "deep")]
    public void Processes_Interrupted_AreResumedInOneToTheSameBits()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "A signal is sent.");
        string folder = jobs.NewRunFolder();
        string[] options = ["--set", "training.epochs=200"];
        using var launcher = new LabProcess(
            "dotnet", [Cli.Program, "train", jobs["mlp"], "--processes", "2", "--run-dir", folder, .. options]);
        launcher.WaitForLine("epoch ", s_patience);
        launcher.Terminate();
        Assert.Equal(130, launcher.WaitForExit(s_patience));
        using var other = new LabProcess("dotnet", [Cli.Program, "resume", folder]);
        int code = other.WaitForExit(s_patience);

        Assert.True(code == 0, other.Output);
        Assert.Contains("goes on from the checkpoint of step", other.Output);
        Assert.Equal(jobs.HashOf("mlp", options), ThreeJobs.HashIn(other.Output));
    }

    [SkippableTheory, Trait("Depth", "deep"), MemberData(nameof(Seeds))]
    public void Processes_AllKilledAtARandomMoment_AreResumedByOthersToTheSameBits(int seed)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Processes are killed as a group.");
        var random = new Random(seed);
        string job = ThreeJobs.Names[seed % 3], folder = jobs.NewRunFolder();
        string[] longer = ["--set", "training.epochs=160"];
        string[] often = ["--set", $"checkpoint.everySeconds={random.Next(1, 6) / 10.0}"];
        using var all = new LabProcess("setsid",
        [
            "dotnet", Cli.Program, "train", jobs[job], "--processes", "3", "--run-dir", folder, .. longer, .. often,
        ]);
        all.WaitForLine("epoch ", s_patience);
        var nodes = ProcessTable.ChildrenOf(all.Id);
        int evaluations = random.Next(1, 90);
        string metrics = Path.Combine(folder, "metrics.jsonl");
        Assert.True(
            SpinWait.SpinUntil(() => all.HasExited || File.ReadLines(metrics).Count() >= evaluations, s_patience),
            all.Output);
        LabCommand.Run($"kill -s KILL -- -{all.Id}");
        all.WaitForExit(s_patience);
        Assert.True(SpinWait.SpinUntil(() => !nodes.Any(ProcessTable.IsRunning), s_patience), "a node process is left");
        Skip.If(File.Exists(Path.Combine(folder, "model.json")), "The run had ended before the moment came.");

        using var other = new LabProcess("dotnet", [Cli.Program, "resume", folder, "--processes", "2"]);
        int code = other.WaitForExit(s_patience);

        Assert.True(code == 0, $"{other.Output}\nreplay: CLUSTERGD_SEED={seed} dotnet test -c Release " +
            "tests/ClusterGd.EndToEnd.Tests --filter PowerLossTests");
        Assert.Equal(jobs.HashOf(job, longer), ThreeJobs.HashIn(other.Output));
        output.WriteLine($"{job}, killed after {evaluations} evaluations; " + other.Output.Split('\n')
            .FirstOrDefault(line => line.Contains("checkpoint", StringComparison.Ordinal), "it had no checkpoint"));
    }
}
