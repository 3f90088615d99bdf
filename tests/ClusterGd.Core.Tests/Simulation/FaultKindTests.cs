using ClusterGd.Core.Faults;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Simulation;
using Xunit;

namespace ClusterGd.Core.Tests.Simulation;

/// <summary>Each kind of fault alone and often: where all of them strike, one may hide what another breaks.</summary>
public class FaultKindTests
{
    public static TheoryData<FaultKind> Simulated() => new(Of(FaultInterpreter.Simulator));

    public static TheoryData<FaultKind> NotSimulated() =>
        new(Enum.GetValues<FaultKind>().Except(Of(FaultInterpreter.Simulator)));

    [Theory, MemberData(nameof(Simulated))]
    public void Run_OneKindOfFaultAlone_StrikesAndEndsAsItMust(FaultKind kind)
    {
        long struck = 0;
        var schedules = Schedules.Of("logistic");
        schedules.Check(
            nameof(FaultKindTests), 40,
            seed => new SimulationOptions { Nodes = 4, Backups = 1 }.WithTimesOf(seed),
            (seed, options) => FaultPlan.Random(seed, new FaultRange
            {
                Nodes = 4, Steps = schedules.Plan.StepsTotal, Time = options.TimeOf(schedules.Plan.StepsTotal),
                Kinds = [kind],
            }),
            result =>
            {
                Interlocked.Add(ref struck, result.StruckOf(kind));
                return null;
            });

        Assert.InRange(struck, 1, long.MaxValue);
    }

    [Theory, MemberData(nameof(NotSimulated))]
    public void Run_AKindThatCannotBeSimulated_IsRefusedByName(FaultKind kind)
    {
        var plan = FaultPlan.Of(FaultKinds.New(kind));
        var refused = Assert.Throws<InputException>(
            () => Schedules.Of("logistic").Run(plan, 1, new SimulationOptions()));

        Assert.Contains($"the simulator cannot do {FaultKinds.Row(kind).Name}", refused.Message);
    }

    [Fact]
    public void All_EveryKind_HasItsRowInItsPlace() =>
        Assert.Equal(Enum.GetValues<FaultKind>(), FaultKinds.All.Select(row => row.Kind));

    private static IEnumerable<FaultKind> Of(FaultInterpreter interpreter) =>
        FaultKinds.All.Where(row => row.Interpreters.Contains(interpreter)).Select(row => row.Kind);
}
