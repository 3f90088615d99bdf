using ClusterGd.Core.Data;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Options;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Reduction;
using ClusterGd.Core.Simulation;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Core.Tests.Protocol;

/// <summary>A run's updates made once more have the bits of the loop that says what training means.</summary>
public class StepReplayTests
{
    [Theory]
    [InlineData("logistic")]
    [InlineData("mlp")]
    [InlineData("kmeans")]
    [InlineData("mlp over bfloat16")]
    public void Update_AnyJob_HasTheBitsOfAPlainLoop(string name)
    {
        var (job, data) = TestJobs.Named(name);
        var plan = new TrainingPlan(job, data);
        var store = new ShardStore(data, plan.ShardCount);
        var replay = new StepReplay(plan, plan.InitialParameters(store));

        RunTo(replay, plan, store, 21);

        Assert.Equal(21, replay.Step);
        Assert.True(Bits.AreEqual(SequentialTrainer.Train(job, data, 21), replay.Parameters()));
    }

    [Fact]
    public void Update_RobustRule_HasTheBitsOfTheRun()
    {
        var (job, data) = TestJobs.Named("logistic");
        job = job with
        {
            Training = job.Training with { Epochs = 1, Aggregation = Component.Of("trimmedMean", ("faulty", 1)) },
        };
        var plan = new TrainingPlan(job, data);
        var store = new ShardStore(data, plan.ShardCount);
        var replay = new StepReplay(plan, plan.InitialParameters(store));

        RunTo(replay, plan, store, plan.StepsTotal);

        Assert.True(Bits.AreEqual(GoldenRun.Record(plan, store).Result, replay.Parameters()));
    }

    private static void RunTo(StepReplay replay, TrainingPlan plan, ShardStore store, long step)
    {
        var computer = new ShardComputer(plan, store);
        var pool = new FloatPool(plan.Model.ParameterCount);
        while (replay.Step < step)
        {
            var version = replay.Publish();
            replay.Update([.. Enumerable.Range(0, plan.ShardCount)
                .Select(shard => computer.Gradient(shard, Pass.MiniBatch, version, pool, out _))]);
            version.Values.Release();
        }
    }
}
