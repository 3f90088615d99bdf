using System.Text.Json;
using ClusterGd.Core.Jobs;
using ClusterGd.Data.Jobs;
using ClusterGd.EndToEnd.Tests.Clusters;
using Xunit;

namespace ClusterGd.EndToEnd.Tests.Chaos;

[Collection(ClusterTests.Name)]
public sealed class ChaosCommandTests : IDisposable
{
    private readonly Cli _cli = new();

    public void Dispose() => _cli.Dispose();

    [Fact]
    public void Chaos_CoordinatorKilledAndNodeSlowed_ReportsThatTheHashHeld()
    {
        string scenario = Scenario("""
            nodes: 3
            faults:
              - { at: 300, kind: kill, node: coordinator }
              - { at: 900, kind: slow, node: any, for: 300ms, factor: 3 }
              - { at: 1500, kind: join }
            """);

        var result = _cli.Run("chaos", scenario, "--json", "--out", "out", "--set", "training.epochs=70");

        Assert.True(result.ExitCode == 0, result.Error);
        using var json = JsonDocument.Parse(result.Output);
        Assert.True(json.RootElement.GetProperty("hashHeld").GetBoolean());
        Assert.Equal(0, json.RootElement.GetProperty("stepsLost").GetInt64());
        Assert.Equal(3, json.RootElement.GetProperty("faults").GetArrayLength());
        Assert.True(json.RootElement.GetProperty("faults")[0].GetProperty("stepEndedAfterSeconds").GetDouble() > 0);
        string page = File.ReadAllText(Path.Combine(_cli.Folder, "out", "report.html"));
        Assert.Contains("<polyline", page);
        Assert.Contains("kill", page);
    }

    /// <summary>Messages of both planes, a node that is cut off, and the disk, all at once.</summary>
    [Fact, Trait("Depth", "deep")]
    public void Chaos_NetworkAndDiskGoWrong_StrikesThemAllAndTheHashHolds()
    {
        string scenario = Scenario("""
            nodes: 3
            faults:
              - { at: 200, kind: partition, node: 3, for: 300ms, flap: 100ms }
              - { at: 200, kind: drop, probability: 0.05, for: 1s }
              - { at: 200, kind: delay, upTo: 3ms, for: 1s }
              - { at: 200, kind: duplicate, probability: 0.3, for: 1s }
              - { at: 200, kind: reorder, probability: 0.1, upTo: 30ms, for: 1s }
              - { at: 200, kind: corrupt, probability: 0.02, for: 1s }
              - { at: 200, kind: slowDisk, factor: 3, for: 5s }
              - { at: 200, kind: diskFull, for: 3s }
              - { at: 1500, kind: fsyncError, for: 1s }
              - { at: 2000, kind: damagedCheckpoint }
            """);

        var result = _cli.Run("chaos", scenario, "--json", "--out", "out", "--set", "training.epochs=120", "--set",
            "checkpoint.everySteps=50");

        Assert.True(result.ExitCode == 0, result.Error + result.Output);
        using var json = JsonDocument.Parse(result.Output);
        Assert.True(json.RootElement.GetProperty("hashHeld").GetBoolean());
        foreach (var fault in json.RootElement.GetProperty("faults").EnumerateArray())
        {
            Assert.True(fault.GetProperty("struck").GetInt64() > 0, $"{fault.GetProperty("fault")} struck nothing");
        }
        Assert.Contains("is not saved: No space left on device", result.Error);
        Assert.Contains("is passed over: block", result.Error);
    }

    [Fact]
    public void Chaos_GradientThatIsNoNumber_EndsAsDivergedAsItMust()
    {
        var result = _cli.Run(
            "chaos", Scenario("nodes: 2\nfaults: [ { at: 100, kind: nanGradient, node: 2 } ]"), "--out", "out", "--set",
            "training.epochs=12");

        Assert.True(result.ExitCode == 0, result.Error + result.Output);
        Assert.Matches("ended as diverged, as it must: parameter [0-9]+ became NaN in step 101:", result.Output);
    }

    [Fact, Trait("Depth", "deep")]
    public void Chaos_FaultsDrawnByASeed_LeavesTheScenarioThatDoesThemAgain()
    {
        string job = Path.Combine(Cli.RepositoryRoot, "deploy", "samples", "a9a", "job.yaml");
        var result = _cli.Run(
            "chaos", job, "--seed", "8", "--nodes", "3", "--out", "out", "--set", "training.epochs=60");

        Assert.True(result.ExitCode == 0, result.Error + result.Output);
        Assert.Contains("the hash held", result.Output);
        var scenario = ScenarioFile.Read(Path.Combine(_cli.Folder, "out", "scenario.yaml"));
        Assert.Equal(3, scenario.Nodes);
        Assert.Equal(60, JobFile.Read(scenario.Job!, [], JobTables.All).Training.Epochs);
        Assert.All(scenario.Plan.Faults, fault => Assert.Contains($"  {fault}\n", result.Output));
    }

    private string Scenario(string text) => _cli.Write(
        "scenario.yaml", $"job: {Path.Combine(Cli.RepositoryRoot, "deploy/samples/a9a/job.yaml")}\n{text}");
}
