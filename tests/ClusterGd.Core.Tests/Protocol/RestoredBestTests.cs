using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Simulation;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Core.Tests.Protocol;

/// <summary>A run that restores its best ends with the very parameters of that evaluation.</summary>
public class RestoredBestTests
{
    [Theory]
    [InlineData("logistic")]
    [InlineData("mlp")]
    public void Run_StoppedByAPlateau_EndsWithTheParametersOfItsBestEvaluation(string name)
    {
        var (job, data) = TestJobs.Named(name);
        // No improvement is large enough, so the first evaluation is the best one and the third ends the run.
        var stop = Component.Of("plateau", ("metric", "loss"), ("minDelta", 1e9), ("patience", 2));
        var plan = new TrainingPlan(job with { Stop = [stop] }, data);

        var run = GoldenRun.Record(plan, new ShardStore(data, plan.ShardCount));

        int epoch = plan.Shards.StepsPerEpoch;
        Assert.Equal(3 * epoch, run.Outcome.Step);
        Assert.True(Bits.AreEqual(SequentialTrainer.Train(job, data, epoch), run.Result));
        Assert.False(Bits.AreEqual(SequentialTrainer.Train(job, data, 3 * epoch), run.Result));
    }
}
