using ClusterGd.EndToEnd.Tests.Network;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.EndToEnd.Tests.Clusters;

/// <summary><c>train --processes</c>: the same bits, and nothing left behind.</summary>
[Collection(ClusterTests.Name)]
public sealed class ProcessesTests(ThreeJobs jobs)
{
    private const int ProcessCount = 3;
    private static readonly TimeSpan s_patience = Limits.Hang, s_endTime = Limits.Hang;

    public static TheoryData<string, int> JobsAndCounts()
    {
        var all = new TheoryData<string, int>();
        foreach (string name in ThreeJobs.Names)
        {
            for (int count = TestDepth.Of(2, 1); count <= TestDepth.Of(2, 4); count++) all.Add(name, count);
        }
        return all;
    }

    [Theory, MemberData(nameof(JobsAndCounts))]
    public void Train_InProcesses_PrintsTheHashOfOneNode(string name, int count)
    {
        var result = jobs.Train(name, "--processes", $"{count}");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(jobs.HashOf(name), ThreeJobs.HashIn(result.Output));
    }

    [Theory]
    [InlineData("bfloat16")]
    [DeepData("float16")]
    public void Train_InProcessesOver16Bits_PrintsTheHashOfOneNode(string wire)
    {
        string[] over = ["--set", $"training.wire={wire}"];
        var result = jobs.Train("mlp", ["--processes", "2", .. over]);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(jobs.HashOf("mlp", over), ThreeJobs.HashIn(result.Output));
        Assert.NotEqual(jobs.HashOf("mlp"), ThreeJobs.HashIn(result.Output));
    }

    /// <summary>
    /// A terminal's Ctrl-C and a service manager's stop reach all processes, another's signal only one.
    /// </summary>
    [SkippableTheory]
    [InlineData("KILL", false, 137)]
    [InlineData("TERM", false, 130)]
    [DeepData("INT", false, 130)]
    [DeepData("TERM", true, 130)]
    [DeepData("INT", true, 130)]
    public void Launcher_Killed_LeavesNoProcessAndNoPort(string signal, bool reachesAll, int exitCode)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Processes and ports are looked up in /proc.");
        string folder = jobs.NewRunFolder();
        // What starts the tests may ignore Ctrl-C, and all its children would do so too.
        using var launcher = new LabProcess("setsid",
        [
            "env", "--default-signal", "dotnet", Cli.Program, "train", jobs["mlp"], "--processes",
            $"{ProcessCount}", "--set", "training.epochs=1000000", "--run-dir", folder,
        ]);
        launcher.WaitForLine("epoch ", s_patience);
        var nodes = ProcessTable.ChildrenOf(launcher.Id);
        var ports = nodes.Append(launcher.Id).SelectMany(ProcessTable.PortsOf).ToList();
        Assert.Equal(ProcessCount, nodes.Count);
        Assert.True(ports.Count >= 2 * ProcessCount, $"only {ports.Count} ports: a node listens on two");

        LabCommand.Run($"kill -s {signal} -- {(reachesAll ? "-" : "")}{launcher.Id}");

        Assert.Equal(exitCode, launcher.WaitForExit(s_endTime));
        Assert.True(SpinWait.SpinUntil(() => !nodes.Any(ProcessTable.IsRunning), s_endTime), "a node process is left");
        Assert.True(SpinWait.SpinUntil(() => !ports.Any(ProcessTable.IsListenedOn), s_endTime), "a port is left");
        if (exitCode == 130) Assert.True(File.Exists(Path.Combine(folder, "model.safetensors")), launcher.Output);
    }

    [SkippableFact, Trait("Depth", "deep")]
    public void Nodes_AllKilled_AreStartedAgainAndTheRunGoesOnToTheSameHash()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Processes are looked up in /proc.");
        string[] longer = ["--set", "training.epochs=900", "--set", "checkpoint.everySeconds=1"];
        using var launcher = new LabProcess("dotnet",
        [
            Cli.Program, "train", jobs["mlp"], "--processes", "2", .. longer, "--run-dir", jobs.NewRunFolder(),
        ]);
        launcher.WaitForLine("epoch ", s_patience, count: 3);
        KillNodesOf(launcher);

        Assert.Equal(0, launcher.WaitForExit(s_patience));
        Assert.Equal(jobs.HashOf("mlp", longer), ThreeJobs.HashIn(launcher.Output));
        Assert.Contains("has ended with code 137; it is started again (1 of at most 4 times)", launcher.Output);
        Assert.Contains("goes on from the checkpoint of step", launcher.Output);
    }

    [SkippableFact]
    public void Nodes_KilledAgainAndAgain_EndTheTrainingWithExitCode4()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Processes are looked up in /proc.");
        using var launcher = new LabProcess("dotnet",
        [
            Cli.Program, "train", jobs["mlp"], "--processes", "1", "--set", "training.epochs=1000000",
            "--run-dir", jobs.NewRunFolder(),
        ]);
        launcher.WaitForLine("epoch ", s_patience);
        for (int i = 1; i <= 5; i++)
        {
            KillNodesOf(launcher);
            launcher.WaitForLine("has ended with code 137", s_patience, count: i);
            if (i == 5) break;
            Assert.True(SpinWait.SpinUntil(() => ProcessTable.ChildrenOf(launcher.Id).Count > 0, s_patience));
        }
        Assert.Equal(4, launcher.WaitForExit(s_patience));
        Assert.Contains("all node processes have ended", launcher.Output);
        Assert.DoesNotContain("   at ", launcher.Output);
    }

    private static void KillNodesOf(LabProcess launcher)
    {
        foreach (int node in ProcessTable.ChildrenOf(launcher.Id)) LabCommand.Run($"kill -s KILL {node}");
    }
}
