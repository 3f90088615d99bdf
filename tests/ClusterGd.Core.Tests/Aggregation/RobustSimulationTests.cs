using ClusterGd.Core.Aggregation;
using ClusterGd.Core.Attacks;
using ClusterGd.Core.Data;
using ClusterGd.Core.Faults;
using ClusterGd.Core.Options;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Simulation;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Core.Tests.Aggregation;

/// <summary>Robust rules keep the one idea: the same bits, whoever computes and whatever arrives first.</summary>
public class RobustSimulationTests
{
    public static TheoryData<string> Rules() => new(Aggregations.All.Select(k => k.Name).Where(n => n != "mean"));

    [Theory, MemberData(nameof(Rules))]
    public void Run_AnyNodesAndSchedule_EndsWithTheSameBits(string rule)
    {
        var (plan, store) = Plan(rule);
        var golden = Run(plan, store, 1, FaultPlan.None, 0).Parameters;
        for (ulong seed = 1; seed <= 30; seed++)
        {
            int nodes = 1 + (int)(seed % 4);
            var faults = FaultPlan.Random(seed, new FaultRange
            {
                Nodes = nodes, Steps = plan.StepsTotal, Time = TimeSpan.FromSeconds(5),
                Kinds = [FaultKind.Drop, FaultKind.Duplicate, FaultKind.Reorder, FaultKind.Join, FaultKind.Leave,
                    FaultKind.Kill],
            });
            var result = Run(plan, store, nodes, faults, seed);

            Assert.True(
                result.Problem is null && result.Parameters.AsSpan().SequenceEqual(golden),
                $"rule {rule}, seed {seed}, {nodes} nodes: {result.Problem ?? "other parameters"}; " +
                "replay: run this test, whose seeds are fixed");
        }
    }

    private static SimulationResult Run(
        TrainingPlan plan, ShardStore store, int nodes, FaultPlan faults, ulong seed) =>
        new SimulatedCluster(plan, store, faults, seed, new SimulationOptions
        {
            Nodes = nodes, Backups = 1, Attack = new AttackPlan(Component.Of("littleIsEnough"), 2),
        }.WithTimesOf(seed), golden: null).Run();

    private static (TrainingPlan, ShardStore) Plan(string rule)
    {
        var (job, data) = TestJobs.Named("logistic");
        job = job with
        {
            Training = job.Training with
            {
                Epochs = 2, BatchSize = 250, Aggregation = Component.Of(rule, ("faulty", 2)),
            },
        };
        var plan = new TrainingPlan(job, data);
        return (plan, new ShardStore(data, plan.ShardCount));
    }
}
