using System.Collections.Immutable;
using ClusterGd.Core.Faults;
using ClusterGd.Core.Randomness;
using ClusterGd.Core.Simulation;
using Xunit;

namespace ClusterGd.Core.Tests.Simulation;

/// <summary>The product's protocol classes under thousands of random schedules; see <see cref="Schedules"/>.</summary>
public class SimulationTests
{
    private static readonly ImmutableArray<FaultKind> s_messages =
        [FaultKind.Drop, FaultKind.Duplicate, FaultKind.Delay, FaultKind.Reorder, FaultKind.Corrupt];

    private static readonly ImmutableArray<FaultKind> s_all =
        new FaultRange { Nodes = 1, Steps = 1, Time = TimeSpan.Zero }.Kinds;

    [Theory]
    [InlineData("logistic")]
    [InlineData("mlp")]
    [InlineData("kmeans")]
    [InlineData("mlp over bfloat16")]
    [InlineData("logistic over float16")]
    public void Run_FaultsOfMessages_EndsWithTheGoldenParameters(string name) =>
        Check(name, 300, backups: 0, s_messages);

    [Theory]
    [InlineData("logistic")]
    [InlineData("mlp")]
    [InlineData("kmeans")]
    public void Run_NodesJoinAndLeave_EndsWithTheGoldenParametersAndLosesNothing(string name) =>
        Check(name, 300, backups: 0, [.. s_messages, FaultKind.Join, FaultKind.Leave], NothingIsLost);

    [Theory]
    [InlineData("logistic")]
    [InlineData("mlp")]
    [InlineData("kmeans")]
    [InlineData("mlp over bfloat16")]
    public void Run_NodesDie_EndsWithTheGoldenParameters(string name) => Check(
        name, 300, backups: 1, [.. s_messages, FaultKind.Join, FaultKind.Leave, FaultKind.Kill, FaultKind.Restart]);

    [Theory]
    [InlineData("logistic")]
    [InlineData("mlp")]
    [InlineData("kmeans")]
    public void Run_EveryKindOfFault_EndsWithTheGoldenParametersOrSaysWhatIsWrong(string name) =>
        Check(name, 300, backups: 1, s_all);

    [Theory]
    [InlineData("logistic")]
    [InlineData("mlp")]
    [InlineData("kmeans")]
    public void Run_OneNodeDiesWhereEachSliceHasABackup_LosesNothing(string name) => CheckDeaths(name, count: 1);

    [Theory]
    [InlineData("logistic")]
    [InlineData("mlp")]
    [InlineData("kmeans")]
    public void Run_TwoNodesDieAtOnceWhereEachSliceHasTwoBackups_LosesNothing(string name) =>
        CheckDeaths(name, count: 2);

    /// <summary>A quick network: what is measured is the protocol's own delay.</summary>
    [Fact]
    public void Run_NodesJoinAndLeaveOnAQuickNetwork_MakesNoStepLong()
    {
        var options = new SimulationOptions { Nodes = 3, LatencyMsMax = 2, ComputeMsMax = 5 };
        var longest = Schedules.Seeds(200).Max(seed => Schedules.Of("mlp").Run(
            FaultPlan.Random(seed, new FaultRange
            {
                Nodes = 3, Steps = 8, Time = TimeSpan.FromMilliseconds(150), Kinds = [FaultKind.Join, FaultKind.Leave],
            }), seed, options).LongestStep);

        Assert.InRange(longest.TotalMilliseconds, 1, 1500);
    }

    [Fact]
    public void Run_SameSeed_IsTheSameRunEventByEvent()
    {
        var options = new SimulationOptions { IsTraced = true }.WithTimesOf(5);
        var plan = PlanOf(5, options, Schedules.Of("mlp"), s_all);
        var first = Schedules.Of("mlp").Run(plan, 5, options);
        var second = Schedules.Of("mlp").Run(plan, 5, options);

        Assert.Equal(first.EventCount, second.EventCount);
        Assert.Equal(first.Trace, second.Trace);
        Assert.Equal(first.Parameters, second.Parameters);
    }

    [Fact]
    public void Run_WithAndWithoutItsTrace_IsTheSameRun()
    {
        var options = new SimulationOptions { Nodes = 5, Backups = 1 }.WithTimesOf(6);
        var plan = PlanOf(6, options, Schedules.Of("mlp"), s_all);
        var plain = Schedules.Of("mlp").Run(plan, 6, options);
        var traced = Schedules.Of("mlp").Run(plan, 6, options with { IsTraced = true });

        Assert.Equal(plain.EventCount, traced.EventCount);
        Assert.Equal(plain.Parameters, traced.Parameters);
        Assert.Empty(plain.Trace);
        Assert.NotEmpty(traced.Trace);
    }

    private static void Check(
        string name, int count, int backups, ImmutableArray<FaultKind> kinds,
        Func<SimulationResult, string?>? alsoCheck = null)
    {
        var schedules = Schedules.Of(name);
        schedules.Check(
            nameof(SimulationTests), count,
            seed => new SimulationOptions { Nodes = 1 + (int)(seed % 5), Backups = backups }.WithTimesOf(seed),
            (seed, options) => PlanOf(seed, options, schedules, kinds), alsoCheck);
    }

    private static FaultPlan PlanOf(
        ulong seed, SimulationOptions options, Schedules schedules, ImmutableArray<FaultKind> kinds) =>
        FaultPlan.Random(seed, new FaultRange
        {
            Nodes = options.Nodes, Steps = schedules.Plan.StepsTotal,
            Time = TimeSpan.FromSeconds(1) + options.TimeOf(schedules.Plan.StepsTotal), Kinds = kinds,
        });

    /// <summary>As many nodes at one moment as each slice has backups, once these follow.</summary>
    private static void CheckDeaths(string name, int count)
    {
        var schedules = Schedules.Of(name);
        schedules.Check(
            nameof(SimulationTests), 300,
            seed => new SimulationOptions { Nodes = count + 1 + (int)(seed % 5), Backups = count }.WithTimesOf(seed),
            (seed, options) =>
            {
                var (at, one, other, _) = Draw.Block(seed, DrawPurpose.Faults, 4, 0, 0, 0);
                var moment = TimeSpan.FromSeconds(3) + options.TimeOf(schedules.Plan.StepsTotal) * Philox.Uniform(at);
                int first = (int)(one % (uint)options.Nodes);
                int second = (first + 1 + (int)(other % (uint)(options.Nodes - 1))) % options.Nodes;
                var dead = new[] { first, second }.Take(count).Select(i => FaultTarget.Node(i + 1));
                var messages = PlanOf(seed, options, schedules, s_messages);
                return new FaultPlan([.. messages.Faults, FaultKinds.New(FaultKind.Kill) with
                {
                    At = FaultMoment.AtTime(moment), Nodes = [.. dead],
                }]);
            }, NothingIsLost);
    }

    private static string? NothingIsLost(SimulationResult result) =>
        result.Generations == 0 ? null : "the run began anew";
}
