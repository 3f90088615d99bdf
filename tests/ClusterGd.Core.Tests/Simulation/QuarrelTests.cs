using System.Collections.Immutable;
using ClusterGd.Core.Faults;
using ClusterGd.Core.Simulation;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Core.Tests.Simulation;

/// <summary>
/// Members that do not hear each other while others hear both, for longer than a quarrel between nodes with work may
/// last: nobody without work is removed, and no second cluster is formed. Steps are slow enough for that to matter.
/// </summary>
public class QuarrelTests
{
    private static readonly TimeSpan s_faultTime = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(4, 3000, "client", "2")]
    [InlineData(2, 500, "1", "2")]
    [InlineData(4, 3000, "1", "3")]
    public void Run_APairDoesNotHearEachOther_GoesOnMeanwhile(int nodes, int computeMs, string one, string other)
    {
        FaultTarget.TryParse(one, out var first);
        FaultTarget.TryParse(other, out var second);
        Check(Schedules.Of("mlp"), nodes, computeMs, [first, second], s_isMeanwhile);
    }

    /// <summary>It hears of the end once the fault is over, but it stays a member.</summary>
    [Fact]
    public void Run_ClientDoesNotHearTheCoordinator_IsNotRemoved() =>
        Check(Schedules.Of("mlp"), 4, 3000, [FaultTarget.Client, FaultTarget.Coordinator]);

    /// <summary>Of six nodes one or two have work, so that most pairs have one without.</summary>
    [Fact]
    public void Run_NodesWithoutWorkDoNotHearOthers_AreNotRemoved()
    {
        var (job, data) = TestJobs.Named("logistic");
        var schedules = Schedules.Of((job with
        {
            Name = "one shard",
            Training = job.Training with { Shards = 1, Epochs = 2, BatchSize = data.Train.Count / 5 },
        }, data));
        for (int node = 2; node <= 6; node++)
        {
            Check(schedules, 6, 3000, [FaultTarget.Node(1), FaultTarget.Node(node)], s_isMeanwhile);
        }
    }

    private static readonly Func<SimulationResult, string?> s_isMeanwhile =
        result => result.Time >= s_faultTime ? "the run ended only after the fault" : null;

    private static void Check(
        Schedules schedules, int nodes, int computeMs, ImmutableArray<FaultTarget> pair,
        Func<SimulationResult, string?>? alsoCheck = null)
    {
        var fault = FaultKinds.New(FaultKind.CutPair) with
        {
            Nodes = pair, At = FaultMoment.AtStep(1), For = s_faultTime,
        };
        schedules.Check(
            nameof(QuarrelTests), 2,
            _ => new SimulationOptions
            {
                Nodes = nodes, Backups = 1, SafetyMax = s_faultTime, ComputeMsMax = computeMs,
            },
            (_, _) => FaultPlan.Of(fault), alsoCheck);
    }
}
