using ClusterGd.Core.Faults;
using ClusterGd.Core.Options;
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
        // Only several layers have slices of more than one packet.
        var schedules = Schedules.Of(kind == FaultKind.LargeFrames ? "mlp" : "logistic");
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

    [Theory, MemberData(nameof(Simulated)), MemberData(nameof(NotSimulated))]
    public void Interpreters_OfAKind_LeaveOutTheDisksThatTheSimulatorHasNot(FaultKind kind) => Assert.Equal(
        !IsOfDisks(kind), FaultKinds.Row(kind).Interpreters.Contains(FaultInterpreter.Simulator));

    // No arm for the rest: a new kind does not compile before it stands here.
    private static bool IsOfDisks(FaultKind kind) => kind switch
    {
        FaultKind.DiskFull or FaultKind.FsyncError or FaultKind.SlowDisk or FaultKind.DamagedCheckpoint => true,
        FaultKind.Kill or FaultKind.Pause or FaultKind.Slow or FaultKind.Restart => false,
        FaultKind.Leave or FaultKind.Join => false,
        FaultKind.Partition or FaultKind.CutPair or FaultKind.LargeFrames or FaultKind.PacketLoss => false,
        FaultKind.Drop or FaultKind.Delay or FaultKind.Duplicate or FaultKind.Reorder or FaultKind.Corrupt => false,
        FaultKind.NanGradient or FaultKind.FlippedBit => false,
    };

    [Fact]
    public void All_EveryKind_HasItsRowInItsPlace() =>
        Assert.Equal(Enum.GetValues<FaultKind>(), FaultKinds.All.Select(row => row.Kind));

    private static IEnumerable<FaultKind> Of(FaultInterpreter interpreter) =>
        FaultKinds.All.Where(row => row.Interpreters.Contains(interpreter)).Select(row => row.Kind);
}
