using System.Text.Json;
using ClusterGd.Cli.Logging;
using ClusterGd.EndToEnd.Tests.Clusters;
using ClusterGd.EndToEnd.Tests.Network;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.EndToEnd.Tests.Logging;

/// <summary>What whoever operates nodes reads, from real processes.</summary>
[Collection(ClusterTests.Name)]
public sealed class NodeLogTests(ThreeJobs jobs) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("clustergd-log-").FullName;
    private readonly List<LabProcess> _processes = [];

    public void Dispose()
    {
        foreach (var process in _processes) process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [SkippableFact]
    public void Node_AsText_LogsJoiningTheRunAndLeaving()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs a shell and signals");
        string[] lines = LogOfARun("--log-level information");

        Assert.All(lines, line => Assert.True(LogLine.Is(line), line));
        AssertInOrder(lines, " ClusterGd.Node[1002] joined the cluster", " ClusterGd.Run[2002] run ",
            " ClusterGd.Run[2012] run ", " ClusterGd.Run[2003] run ", " ClusterGd.Node[1007] left the cluster");
        Assert.DoesNotContain(lines, line => line.Contains(" warn ") || line.Contains(" error "));
    }

    [SkippableFact]
    public void Node_AsJson_LogsOneObjectALineWithItsValues()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs a shell and signals");
        var lines = LogOfARun("--log-format json").Select(line => JsonDocument.Parse(line).RootElement).ToList();

        AssertInOrder([.. lines.Select(line => line.GetProperty("event").GetString()!)],
            "Joined", "RunBegins", "LayoutPlaced", "RunEnds", "Left");
        var ends = lines.Single(line => line.GetProperty("event").GetString() == "RunEnds");
        Assert.Equal(2003, ends.GetProperty("eventId").GetInt32());
        var begins = lines.Single(line => line.GetProperty("event").GetString() == "RunBegins");
        string run = begins.GetProperty("values").GetProperty("run").GetString()!;
        Assert.Matches("^[0-9a-f]{16}$", run);
        Assert.Equal(run, ends.GetProperty("values").GetProperty("run").GetString());
        Assert.Equal(8, begins.GetProperty("values").GetProperty("shards").GetInt32());
        long steps = begins.GetProperty("values").GetProperty("steps").GetInt64();
        Assert.Equal(steps, ends.GetProperty("values").GetProperty("step").GetInt64());
        Assert.Equal(lines[^1].GetProperty("node").GetString(), ends.GetProperty("node").GetString());
        Assert.Matches(@"^127\.0\.0\.1:\d+$", ends.GetProperty("node").GetString());
    }

    [SkippableFact]
    public void Node_WithLevelNone_WritesNothingToStandardError()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs a shell and signals");
        Assert.Empty(LogOfARun("--log-level none"));
    }

    [Fact]
    public void Train_WithoutALevel_LogsNothing()
    {
        var result = jobs.Train("logistic");
        Assert.Equal(0, result.ExitCode);
        Assert.DoesNotContain(result.Error.Split('\n'), LogLine.Is);
    }

    [Fact]
    public void Train_InProcessesWithALog_HasLinesOfEachThatAreTold()
    {
        var result = jobs.Train("logistic", "--processes", "2", "--log-level", "information", "--log-format", "json");

        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(jobs.HashOf("logistic"), ThreeJobs.HashIn(result.Output));
        var ends = result.Error.Split('\n').Where(LogLine.Is).Select(line => JsonDocument.Parse(line).RootElement)
            .Where(line => line.GetProperty("event").GetString() == "RunEnds")
            .Select(line => line.GetProperty("node").GetString()!).ToHashSet();
        Assert.Contains("train", ends);
        Assert.Equal(3, ends.Count);
    }

    [SkippableFact]
    public void Node_OtherNodeKilled_WarnsOfItsDeath()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs a shell and signals");
        string seed = StartNode("--log-format json", "a");
        string other = StartNode($"--log-level none --seed {seed}", "b");
        _processes[1].Kill();

        Assert.True(SpinWait.SpinUntil(
            () => Read("a").Any(line => line.Contains("\"event\":\"MemberGone\"")), Limits.Hang));

        var dead = JsonDocument.Parse(Read("a").Single(line => line.Contains("\"MemberDead\""))).RootElement;
        Assert.Equal("warning", dead.GetProperty("level").GetString());
        Assert.Equal(other, dead.GetProperty("values").GetProperty("member").GetString());
    }

    private static void AssertInOrder(string[] lines, params string[] wanted)
    {
        int at = 0;
        foreach (string text in wanted)
        {
            at = Array.FindIndex(lines, at, line => line.Contains(text));
            Assert.True(at >= 0, $"'{text}' is missing or too early in\n{string.Join('\n', lines)}");
        }
    }

    /// <summary>The standard error of a node that has served one run and then left.</summary>
    private string[] LogOfARun(string options)
    {
        string seed = StartNode(options, "a");
        var result = jobs.Train("logistic", "--cluster", seed);
        Assert.True(result.ExitCode == 0, result.Error);
        _processes[0].Terminate();
        Assert.Equal(0, _processes[0].WaitForExit(Limits.Hang));
        return Read("a");
    }

    /// <returns>Its host:port, once it is up.</returns>
    private string StartNode(string options, string name)
    {
        var node = new LabProcess("bash",
        [
            "-c", $"exec dotnet '{Cli.Program}' node --host 127.0.0.1 --port 0 --threads 1 {options} " +
                $"2> '{PathOf(name)}'",
        ]);
        _processes.Add(node);
        string line = node.WaitForLine("node ", Limits.Hang);
        node.WaitForLine("is up", Limits.Hang);
        return line.Split(' ')[1].TrimEnd(',');
    }

    private string PathOf(string name) => Path.Combine(_folder, name);

    private string[] Read(string name)
    {
        using var file = new StreamReader(
            new FileStream(PathOf(name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return file.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
