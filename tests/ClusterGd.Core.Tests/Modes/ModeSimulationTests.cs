using ClusterGd.Core.Data;
using ClusterGd.Core.Modes;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Simulation;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Core.Tests.Modes;

/// <summary>
/// Server and workers of every mode in virtual time. A case that fails names its seed; all seeds are fixed, so the test
/// replays it.
/// </summary>
public class ModeSimulationTests
{
    private static readonly WorkTimes s_lossy = new() { Stragglers = 1, Slowdown = 4, Drop = 0.1, Duplicate = 0.2 };

    private static readonly TrainingMode[] s_modes =
    [
        new BoundedStaleness(0), new BoundedStaleness(3),
        new Asynchronous(true, DelayCompensation.None, 0, 0),
        new Asynchronous(true, DelayCompensation.Constant, 0.04, 0),
        new Asynchronous(true, DelayCompensation.Adaptive, 2, 0.95),
        new KOfN(5), new LocalSteps(4, 1, 0), new LocalSteps(4, 0.7, 0.9),
    ];

    public static TheoryData<int> Modes() => new(Enumerable.Range(0, s_modes.Length));

    [Theory]
    [InlineData("logistic")]
    [InlineData("mlp")]
    [InlineData("mlp over bfloat16")]
    public void BoundedStaleness_OfZero_IsSynchronousTrainingToTheLastBit(string name)
    {
        var (job, data) = TestJobs.Named(name);
        var plan = new TrainingPlan(job, data);
        var golden = SequentialTrainer.Train(job, data, plan.StepsTotal);
        foreach (TrainingMode mode in new TrainingMode[] { new Synchronous(), new BoundedStaleness(0) })
        {
            var run = new ModeSimulation(mode, plan, new ShardStore(data, plan.ShardCount), s_lossy, 3).Run();

            Assert.Null(run.Problem);
            Assert.Equal(golden, run.Parameters);
        }
    }

    [Theory, MemberData(nameof(Modes))]
    public void Run_MessagesLostAndDoubled_CountsEveryResultOnce(int mode)
    {
        var (plan, store) = Plan();
        var run = new ModeSimulation(s_modes[mode], plan, store, s_lossy, 5).Run();

        Assert.Null(run.Problem);
        var counted = run.Log.Where(e => e.IsCounted).Select(e => (e.Worker, e.Sequence)).ToList();
        Assert.Equal(counted.Count, counted.Distinct().Count());
        foreach (var worker in counted.GroupBy(e => e.Worker))
        {
            Assert.Equal(Enumerable.Range(0, worker.Count()).Select(i => (long)i), worker.Select(e => e.Sequence));
        }
        Assert.Equal(run.Log.Length - counted.Count, run.Dropped);
    }

    [Theory, MemberData(nameof(Modes))]
    public void Replay_OfTheOrderOfApplication_HasTheSameBits(int mode)
    {
        var (plan, store) = Plan();
        var run = new ModeSimulation(s_modes[mode], plan, store, s_lossy, 7)
            .Run(null, TimeSpan.FromMilliseconds(95), TimeSpan.FromMilliseconds(333));

        var again = ModeReplay.Run(s_modes[mode], plan, store, run.Log);

        Assert.Equal(2, run.Log.Count(e => e.Worker < 0));
        Assert.Equal(run.Parameters, again.Parameters());
    }

    [Theory, MemberData(nameof(Modes))]
    public void Run_ServerReplaced_StillEndsAndCountsOnce(int mode)
    {
        var (plan, store) = Plan();
        var run = new ModeSimulation(s_modes[mode], plan, store, s_lossy, 9)
            .Run(null, TimeSpan.FromMilliseconds(150));

        Assert.Null(run.Problem);
        var counted = run.Log.Where(e => e.IsCounted).Select(e => (e.Worker, e.Sequence)).ToList();
        Assert.Equal(counted.Count, counted.Distinct().Count());
    }

    [Theory, MemberData(nameof(Modes))]
    public void Run_SameSeed_IsTheSameRun(int mode)
    {
        var (plan, store) = Plan();
        var first = new ModeSimulation(s_modes[mode], plan, store, s_lossy, 11).Run();
        var second = new ModeSimulation(s_modes[mode], plan, store, s_lossy, 11).Run();

        Assert.Equal(first.Log.AsEnumerable(), second.Log.AsEnumerable());
        Assert.Equal(first.Parameters, second.Parameters);
        Assert.Equal(first.Points[^1].Time, second.Points[^1].Time);
    }

    [Fact]
    public void LocalSteps_AnyTimes_HaveOneResult()
    {
        var (plan, store) = Plan();
        var mode = new LocalSteps(4, 0.7, 0.9);

        Assert.Equal(
            new ModeSimulation(mode, plan, store, new WorkTimes(), 1).Run().Parameters,
            new ModeSimulation(mode, plan, store, s_lossy, 2).Run(null, TimeSpan.FromMilliseconds(77)).Parameters);
    }

    [Fact]
    public void BoundedStaleness_AStraggler_LetsNobodyRunFurtherThanItsBound()
    {
        var (plan, store) = Plan();
        var run = new ModeSimulation(new BoundedStaleness(3), plan, store, s_lossy with { Drop = 0 }, 13).Run();

        Assert.Equal(3, run.Staleness.Keys.Max());
    }

    [Fact]
    public void Asynchronous_AStraggler_IsNotWaitedFor()
    {
        var (plan, store) = Plan();
        var times = new WorkTimes { Stragglers = 1, Slowdown = 10 };
        TimeSpan Half(TrainingMode mode) => new ModeSimulation(mode, plan, store, times, 15).Run()
            .TimeTo(point => point.Epochs >= 1)!.Value;

        Assert.True(Half(s_modes[2]) * 3 < Half(new Synchronous()));
    }

    [Fact]
    public void Replay_OfAnotherJobsOrder_IsRefusedWithTheEntry()
    {
        var (plan, store) = Plan();
        var problem = Assert.Throws<ArgumentException>(() => ModeReplay.Run(
            s_modes[2], plan, store, [new LogEntry(0, 0, 0, true), new LogEntry(1, 5, 0, true)]));

        Assert.StartsWith("entry 1 of the order is of sequence 5 at version 0, but worker 1 has 0 at 0 to do",
            problem.Message, StringComparison.Ordinal);
    }

    private static (TrainingPlan, ShardStore) Plan()
    {
        var (job, data) = TestJobs.Named("logistic");
        job = job with
        {
            Optimizer = job.Optimizer with { LearningRate = 0.1 },
            Training = job.Training with { BatchSize = 250 },
        };
        var plan = new TrainingPlan(job, data);
        return (plan, new ShardStore(data, plan.ShardCount));
    }
}
