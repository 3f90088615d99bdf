using System.Collections.Immutable;
using System.Text.RegularExpressions;
using ClusterGd.Core.Data;
using ClusterGd.Core.Faults;
using ClusterGd.Core.Options;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Simulation;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Core.Tests.Protocol;

/// <summary>
/// The messages of a dozen moments of a run, in their order, as the roles of a simulated cluster send them: the
/// protocol's documentation that cannot rot. CLUSTERGD_TRANSCRIPTS=write before the test command writes them anew; read
/// the difference before you commit it.
/// </summary>
public partial class TranscriptTests
{
    private static readonly string s_folder = Path.Combine(
        TidyTests.FindRoot(), "tests", "ClusterGd.Core.Tests", "golden", "transcripts");

    /// <param name="From">A part of the first line.</param>
    /// <param name="To">A part of the last line.</param>
    private sealed record Scenario(
        string Name, string Summary, string Job, string From, string To, params ImmutableArray<Fault> Faults)
    {
        public int Nodes { get; init; } = 2;

        public int Backups { get; init; }

        public int CheckpointEvery { get; init; }

        public Component Mode { get; init; } = Component.Of("synchronous");
    }

    private static readonly ImmutableArray<Scenario> s_all =
    [
        new("begin", "Two nodes come, get the first layout, and train.", "logistic", "is coordinator", "at step 1"),
        new("step", "Gradients go to the slice, which publishes.", "logistic",
            "slice 0 at step 4", "slice 0 at step 5"),
        new("norms", "Slices clip by the global norm, of which each has a part.", "mlp",
            "slice 0 at step 2", "slice 2 at step 3"),
        new("evaluation", "All stop at an evaluation, and the coordinator lets them go on.", "logistic",
            "slice 0 at step 16", "slice 0 at step 17"),
        new("backup", "A backup makes each update as well, and the host waits for it.", "logistic",
            "slice 0 at step 4", "slice 0 at step 5") { Backups = 1 },
        new("lost-gradient", "A gradient gets lost, and the slice asks for it again.", "logistic",
            "lost", "slice 0 at step 4",
            Kind(FaultKind.Drop, 3) with { Nodes = [FaultTarget.Node(2)], Probability = 1, For = Ms(6) }),
        new("node-dies", "A node without slices dies: its shards go to the others, in the middle of a step.",
            "logistic", "kill", "slice 0 at step 4", Kind(FaultKind.Kill, 3) with { Nodes = [FaultTarget.Node(3)] })
        {
            Nodes = 3,
        },
        new("host-dies", "The slice's host dies, and its backup goes on in its place.", "logistic",
            "kill", "slice 0 at step 4", Kind(FaultKind.Kill, 3) with { Nodes = [FaultTarget.SliceOwner] })
        {
            Nodes = 3, Backups = 1,
        },
        new("coordinator-dies", "The coordinator dies; the next one asks what all remember, and goes on.", "logistic",
            "kill", "directive", Kind(FaultKind.Kill, 3) with { Nodes = [FaultTarget.Coordinator] })
        {
            Nodes = 3, Backups = 1,
        },
        new("move", "A node comes: all stop at a step, slices and shards move, and steps go on.", "mlp",
            "c: begins", "at step 5", Kind(FaultKind.Join, 3)),
        new("checkpoint", "Every two steps the slices send their states to the client.", "logistic",
            "state of slice", "state of slice") { CheckpointEvery = 2 },
        new("bounded-staleness", "Workers get assignments and send results; the server applies them in order.",
            "logistic", "assignment 0", "result 2 of") { Mode = Component.Of("boundedStaleness", ("bound", 1)) },
        new("asynchronous", "The server applies each result as it comes.", "logistic", "assignment 0", "result 2 of")
        {
            Mode = Component.Of("asynchronous"), Backups = 1,
        },
        new("k-of-n", "The server goes on once so many results are there.", "logistic", "assignment 0", "result 2 of")
        {
            Mode = Component.Of("kOfN", ("k", 3)),
        },
        new("local-sgd", "Workers make some steps of their own between two rounds.", "logistic",
            "assignment 0", "result 2 of") { Mode = Component.Of("localSgd", ("every", 2)) },
    ];

    public static TheoryData<string> Names() => new(s_all.Select(scenario => scenario.Name));

    [Theory, MemberData(nameof(Names))]
    public void Run_Scenario_SendsTheMessagesOfItsTranscript(string name)
    {
        string actual = TranscriptOf(s_all.Single(scenario => scenario.Name == name));
        string path = Path.Combine(s_folder, $"{name}.txt");
        if (Environment.GetEnvironmentVariable("CLUSTERGD_TRANSCRIPTS") == "write") File.WriteAllText(path, actual);

        Assert.Equal(File.ReadAllText(path), actual);
    }

    private static string TranscriptOf(Scenario scenario)
    {
        var (job, data) = TestJobs.Named(scenario.Job);
        job = job with
        {
            Training = job.Training with { Mode = scenario.Mode },
            Checkpoint = job.Checkpoint with { EverySteps = scenario.CheckpointEvery },
        };
        var options = new SimulationOptions
        {
            Nodes = scenario.Nodes, Backups = scenario.Backups, IsTraced = true,
        };
        var plan = new TrainingPlan(job, data);
        var result = new SimulatedCluster(
            plan, new ShardStore(data, plan.ShardCount), new FaultPlan(scenario.Faults), seed: 1, options, golden: null)
            .Run();
        Assert.Null(result.Problem);
        var terms = new List<string>();
        var lines = result.Trace.Where(line => !Noise().IsMatch(line)).Select(line => Renamed(line, terms)).ToList();
        int first = lines.FindIndex(line => line.Contains(scenario.From, StringComparison.Ordinal));
        Assert.True(first >= 0, $"no line has '{scenario.From}'");
        int last = lines.FindIndex(first + 1, line => line.Contains(scenario.To, StringComparison.Ordinal));
        Assert.True(last >= 0, $"no line after '{scenario.From}' has '{scenario.To}'");
        return $"{scenario.Summary}\n\n{string.Join('\n', lines[first..(last + 1)])}\n";
    }

    private static Fault Kind(FaultKind kind, long step) => FaultKinds.New(kind) with { At = FaultMoment.AtStep(step) };

    private static TimeSpan Ms(int milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    /// <summary>What is said several times a second whatever happens.</summary>
    [GeneratedRegex(@": (status|pulse|probe|StepMade|StepTimes|NodeCounts)( \(again\))?(, which is dead)?$")]
    private static partial Regex Noise();

    /// <summary>Nodes become letters, and terms T1, T2 …, in the order in which they come.</summary>
    private static string Renamed(string line, List<string> terms) => Term().Replace(
        NodeName().Replace(line, match => ((char)('a' + int.Parse(match.Groups[1].Value, null) - 1)).ToString()),
        match =>
        {
            if (!terms.Contains(match.Value)) terms.Add(match.Value);
            return $"T{terms.IndexOf(match.Value) + 1}";
        });

    /// <summary>A digit that scatters the names, and the number.</summary>
    [GeneratedRegex(@"node-\d(\d+)")]
    private static partial Regex NodeName();

    [GeneratedRegex(@"\b\d{10,}\b")]
    private static partial Regex Term();
}
