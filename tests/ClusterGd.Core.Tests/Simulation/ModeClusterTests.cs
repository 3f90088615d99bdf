using System.Collections.Immutable;
using ClusterGd.Core.Data;
using ClusterGd.Core.Faults;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Options;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Simulation;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Core.Tests.Simulation;

/// <summary>
/// Every mode on the product's protocol classes under random schedules of all faults. Whatever happens, the run ends,
/// the order of application that the observer has counts each result once, and trains to the run's very bits again.
/// </summary>
public class ModeClusterTests
{
    private const int TraceMax = 1000;

    private static readonly ImmutableArray<FaultKind> s_all =
        new FaultRange { Nodes = 1, Steps = 1, Time = TimeSpan.Zero }.Kinds;

    public static TheoryData<string> Modes() => new(
        "boundedStaleness:bound=0", "boundedStaleness:bound=2", "asynchronous", "asynchronous:compensation=constant",
        "asynchronous:compensation=adaptive", "kOfN:k=5", "localSgd:every=4", "diloco:every=3");

    [Theory, MemberData(nameof(Modes))]
    public void Run_EveryKindOfFault_EndsAndItsOrderReplaysToTheSameBits(string mode)
    {
        var (plan, store) = PlanOf("logistic", mode);
        // 58: a coordinator that woke up has a slice move from a node that has gone on.
        Parallel.ForEach(Schedules.Seeds(12).Append(58UL), (seed, loop) =>
        {
            var options = new SimulationOptions { Nodes = 1 + (int)(seed % 5), Backups = (int)(seed % 3) }
                .WithTimesOf(seed);
            var faults = FaultPlan.Random(seed, new FaultRange
            {
                Nodes = options.Nodes, Steps = plan.StepsTotal,
                Time = TimeSpan.FromSeconds(1) + options.TimeOf(plan.StepsTotal), Kinds = s_all,
            });
            var result = new SimulatedCluster(plan, store, faults, seed, options, null).Run();
            if (OrderCheck.ProblemOf(plan, store, result) is not { } problem) return;
            loop.Stop();
            var traced = new SimulatedCluster(plan, store, faults, seed, options with { IsTraced = true }, null).Run();
            Assert.Fail($"{mode}, seed {seed}, {options.Nodes} nodes: {problem}\n{string.Join('\n', faults.Faults)}\n" +
                $"{string.Join('\n', traced.Trace.TakeLast(TraceMax))}\n" +
                $"replay: CLUSTERGD_SEED={seed} dotnet test -c Release tests/ClusterGd.Core.Tests --filter " +
                nameof(ModeClusterTests));
        });
    }

    [Theory]
    [InlineData("logistic")]
    [InlineData("mlp")]
    [InlineData("mlp over bfloat16")]
    public void Run_BoundOfZero_EndsWithTheSynchronousParameters(string name)
    {
        var (plan, store) = PlanOf(name, "boundedStaleness:bound=0");
        var golden = Schedules.Of(name).Golden;
        foreach (ulong seed in Schedules.Seeds(5))
        {
            var result = new SimulatedCluster(
                plan, store, FaultPlan.None, seed, new SimulationOptions { Nodes = 3, Backups = 1 }, null).Run();

            Assert.Null(result.Problem);
            Assert.Equal(golden.Outcome.TrainLoss, result.Outcome!.TrainLoss);
            Assert.Equal(
                golden.Outcome.History.Select(e => e.TrainLoss), result.Outcome.History.Select(e => e.TrainLoss));
            Assert.True(Bits.AreEqual(golden.Result, result.Parameters));
        }
    }

    private static (TrainingPlan, ShardStore) PlanOf(string name, string mode)
    {
        var (job, data) = TestJobs.Named(name);
        string[] words = mode.Split(':');
        var options = words.Skip(1).Select(word => word.Split('=')).Select(pair => (pair[0],
            int.TryParse(pair[1], out int number) ? (object)number : pair[1])).ToArray();
        double rate = words[0] == "asynchronous" ? 0.1 : job.Optimizer.LearningRate;
        job = job with
        {
            Optimizer = job.Optimizer with { LearningRate = rate },
            Training = job.Training with { Epochs = 2, BatchSize = 250, Mode = Component.Of(words[0], options) },
        };
        var plan = new TrainingPlan(job, data);
        return (plan, new ShardStore(data, plan.ShardCount));
    }
}
