using System.Text.Json;
using ClusterGd.EndToEnd.Tests.Clusters;
using Xunit;

namespace ClusterGd.EndToEnd.Tests.Chaos;

[Collection(ClusterTests.Name)]
public sealed class ChaosCommandTests : IDisposable
{
    private readonly Cli _cli = new();

    public void Dispose() => _cli.Dispose();

    [Fact]
    public void Chaos_CoordinatorKilledAndNodePaused_ReportsThatTheHashHeld()
    {
        string scenario = Scenario("""
            nodes: 3
            faults:
              - { at: 300, kind: kill, node: coordinator }
              - { at: 900, kind: slow, node: any, for: 300ms, factor: 3 }
              - { at: 1500, kind: join }
            """);

        var result = _cli.Run("chaos", scenario, "--json", "--out", "out", "--set", "training.epochs=120");

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

    [Fact]
    public void Chaos_KindThatIsOnlySimulated_IsRefusedWithWhatToUse()
    {
        var result = _cli.Run("chaos", Scenario("faults: [ { at: 1s, kind: corrupt } ]"));

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("simulator", result.Error);
    }

    private string Scenario(string text) => _cli.Write(
        "scenario.yaml", $"job: {Path.Combine(Cli.RepositoryRoot, "deploy/samples/a9a/job.yaml")}\n{text}");
}
