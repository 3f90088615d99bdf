using ClusterGd.Core.Faults;
using ClusterGd.Core.Options;
using ClusterGd.Data.Jobs;
using Xunit;

namespace ClusterGd.Data.Tests.Jobs;

/// <summary>Scenario files: what may stand in them, and every mistake at once.</summary>
public class ScenarioFileTests
{
    [Fact]
    public void Parse_EveryField_IsRead()
    {
        var scenario = Parse("""
            job: jobs/a9a.yaml
            nodes: 6
            seed: 7
            faults:
              - { at: 120, kind: kill, node: coordinator }
              - { at: 3.5s, kind: pause, node: [2, 3], for: 1500ms }
              - { at: 2min, kind: partition, node: sliceOwner, shape: outgoing, flap: 800ms, for: 4s }
              - { at: 0s, kind: delay, node: all, upTo: 75ms }
            """);

        Assert.Equal(Path.GetFullPath("jobs/a9a.yaml", Folder), scenario.Job);
        Assert.Equal((6, 7ul), (scenario.Nodes, scenario.Seed));
        Assert.Equal(
            [
                "{ at: 120, kind: kill, node: coordinator }",
                "{ at: 3.5s, kind: pause, node: [2, 3], for: 1.5s }",
                "{ at: 120s, kind: partition, node: sliceOwner, for: 4s, shape: outgoing, plane: both, " +
                "flap: 800ms }",
                "{ at: 0s, kind: delay, node: all, for: 10s, upTo: 75ms }",
            ],
            scenario.Plan.Faults.Select(fault => fault.ToString()));
    }

    [Fact]
    public void Parse_MistakesOfEverySort_TellsAllOfThem() => Assert.Equal<string>(
        [
            "s.yaml:1:8: nodes is 0, allowed is a whole number from 1 to 4096; change it, or remove the key for the " +
            "default 4.",
            "s.yaml:3:5: faults.0.at is missing; add it: a step such as 120, or a time from the start such as 3.5s.",
            "s.yaml:4:20: faults.1.kind is 'kil', allowed is kill, pause, slow, restart, leave, join, partition, " +
            "drop, delay, duplicate, reorder, corrupt, cutPair, largeFrames, packetLoss, diskFull, fsyncError, " +
            "slowDisk, damagedCheckpoint, nanGradient or flippedBit; did you mean 'kill'?",
            "s.yaml:5:11: faults.2.at is 'soon', allowed is a step such as 120, or a time from the start such as " +
            "3.5s; change it or remove the key.",
            "s.yaml:5:35: faults.2.node is 'coordinater', allowed is a node's number from 1, coordinator, " +
            "sliceOwner, client, any or all; did you mean 'coordinator'?",
            "s.yaml:6:33: faults.3.for is 2, allowed is a time such as 500ms, 3.5s, 2min or 1h from 10ms to 3600s; " +
            "change it, or remove the key for the default 5s.",
            "s.yaml:7:27: faults.4.node means nothing for a fault of kind join; remove it.",
            "s.yaml:8:27: faults.5.probabilty is no key of faults.5 of kind drop; did you mean 'probability'?",
        ],
        Assert.Throws<InputException>(() => Parse("""
            nodes: 0
            faults:
              - { kind: kill }
              - { at: 1, kind: kil }
              - { at: soon, kind: kill, node: coordinater }
              - { at: 1s, kind: pause, for: 2 }
              - { at: 1s, kind: join, node: 2 }
              - { at: 1s, kind: drop, probabilty: 0.1 }
            """)).Problems);

    [Fact]
    public void Parse_EmptyFile_SaysWhatToWrite() => Assert.Contains(
        "write a scenario, for example 'faults: [ { at: 120, kind: kill, node: 2 } ]'",
        Assert.Throws<InputException>(() => Parse("")).Message);

    [Fact]
    public void Parse_AJob_SaysHowToDrawFaultsForIt() => Assert.Equal(
        "a.yaml is a job, not a scenario, which names a job by 'job' and has 'faults'. " +
        "For faults drawn by a seed: clustergd chaos a.yaml --seed 7",
        Assert.Throws<InputException>(() => ScenarioFile.Parse("data: { train: { path: a } }", "a.yaml", "/")).Message);

    [Fact]
    public void Write_AScenario_IsReadBackAsTheSame()
    {
        var scenario = new Scenario
        {
            Nodes = 9, Seed = 3,
            Plan = new FaultPlan(
                [.. FaultKinds.All.Select(row => FaultKinds.New(row.Kind) with { At = At(row.Kind) })]),
        };

        var again = Parse(ScenarioReader.Write(scenario));

        Assert.Equal(scenario with { Plan = again.Plan }, again);
        Assert.Equal(Lines(scenario), Lines(again));

        static IEnumerable<string> Lines(Scenario of) => of.Plan.Faults.Select(fault => fault.ToString());
    }

    [Fact]
    public void Read_EveryReadyScenario_HasNoMistakeAndAJobThatIsThere()
    {
        string[] files = Directory.GetFiles(Path.GetDirectoryName(TestData.Sample("chaos/split.yaml"))!);

        Assert.InRange(files.Length, 5, 20);
        Assert.All(files, file => Assert.True(File.Exists(ScenarioFile.Read(file).Job)));
        Assert.All(files, file => Assert.StartsWith("# ", File.ReadAllText(file)));
    }

    private static string Folder => Path.GetTempPath();

    private static FaultMoment At(FaultKind kind) =>
        (int)kind % 2 == 0 ? FaultMoment.AtStep((int)kind) : FaultMoment.AtTime(TimeSpan.FromSeconds((int)kind));

    private static Scenario Parse(string text) => ScenarioFile.Parse(text, "s.yaml", Folder);
}
