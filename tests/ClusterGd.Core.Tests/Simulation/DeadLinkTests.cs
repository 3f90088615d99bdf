using System.Collections.Immutable;
using ClusterGd.Core.Faults;
using ClusterGd.Core.Simulation;
using Xunit;

namespace ClusterGd.Core.Tests.Simulation;

/// <summary>
/// Links of the tensor plane are dead for as long as the run lasts, while control messages arrive: the work moves, and
/// no step waits for the link to heal.
/// </summary>
public class DeadLinkTests
{
    private static readonly TimeSpan s_faultTime = TimeSpan.FromSeconds(90);

    /// <summary>Of which two seconds are for new peers to connect, since the faults strike at once.</summary>
    private static readonly TimeSpan s_stepMax = TimeSpan.FromSeconds(7);

    private static readonly ImmutableArray<FaultTarget> s_pair = [FaultTarget.Node(2), FaultTarget.Node(3)];

    public static TheoryData<FaultKind, CutShape, string> Cases()
    {
        var cases = new TheoryData<FaultKind, CutShape, string>();
        foreach (var shape in Enum.GetValues<CutShape>())
        {
            foreach (string node in (string[])["2", "coordinator", "sliceOwner"])
            {
                cases.Add(FaultKind.Partition, shape, node);
                cases.Add(FaultKind.LargeFrames, shape, node);
            }
            cases.Add(FaultKind.CutPair, shape, "2 and 3");
        }
        return cases;
    }

    [Theory, MemberData(nameof(Cases))]
    public void Run_LinksOfTheTensorPlaneDie_MakesNoStepLong(FaultKind kind, CutShape shape, string nodes)
    {
        ImmutableArray<FaultTarget> targets = FaultTarget.TryParse(nodes, out var target) ? [target] : s_pair;
        Check(FaultKinds.New(kind) with { Nodes = targets, Shape = shape, Plane = LinkPlane.Tensors });
    }

    /// <summary>The result comes from nodes that the client reaches.</summary>
    [Theory]
    [InlineData(LinkPlane.Tensors, "2")]
    [InlineData(LinkPlane.Tensors, "coordinator")]
    [InlineData(LinkPlane.Tensors, "sliceOwner")]
    [InlineData(LinkPlane.Control, "coordinator")]
    [InlineData(null, "2")]
    [InlineData(null, "coordinator")]
    public void Run_ClientLosesItsLinkToANode_EndsMeanwhile(LinkPlane? plane, string node)
    {
        FaultTarget.TryParse(node, out var target);
        Check(FaultKinds.New(FaultKind.CutPair) with { Nodes = [FaultTarget.Client, target], Plane = plane });
    }

    private static void Check(Fault fault) => Check(
        fault, backups: 1,
        result => result.Generations > 0 ? "the run began anew"
            : result.LongestStep > s_stepMax ? $"a step took {result.LongestStep.TotalSeconds:F1} s" : null);

    /// <summary>The others have no slice's state, and must not be taken for those whose links are bad.</summary>
    [Theory]
    [InlineData(FaultKind.Partition, "0")]
    [InlineData(FaultKind.Partition, "3")]
    [InlineData(FaultKind.LargeFrames, "0")]
    [InlineData(FaultKind.LargeFrames, "3")]
    [InlineData(FaultKind.LargeFrames, "coordinator")]
    public void Run_NodeWithSlicesThatNobodyElseHasIsOutOfReach_BeginsAnewWithTheOthers(FaultKind kind, string node)
    {
        FaultTarget.TryParse(node, out var target);
        Check(
            FaultKinds.New(kind) with { Nodes = [target], Shape = CutShape.Outgoing, Plane = LinkPlane.Tensors },
            backups: 0, _ => null);
    }

    private static void Check(Fault fault, int backups, Func<SimulationResult, string?> check)
    {
        var schedules = Schedules.Of("mlp");
        schedules.Check(
            nameof(DeadLinkTests), 5,
            seed => new SimulationOptions { Nodes = 4, Backups = backups, SafetyMax = s_faultTime }.WithTimesOf(seed),
            (_, _) => FaultPlan.Of(fault with { At = FaultMoment.AtStep(2), For = s_faultTime }),
            result => result.Time >= s_faultTime ? "the run ended only after the fault" : check(result));
    }
}
