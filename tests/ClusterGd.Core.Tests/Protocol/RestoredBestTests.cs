using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Simulation;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Core.Tests.Protocol;

/// <summary>A run whose result is of an earlier evaluation ends with the very parameters of that.</summary>
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

    /// <summary>With bound 0 a mode's server makes the steps of synchronous training.</summary>
    [Theory]
    [InlineData("synchronous")]
    [InlineData("boundedStaleness")]
    public void Run_Diverges_EndsWithTheParametersOfTheLastEvaluationWithAFiniteLoss(string mode)
    {
        var (job, data) = TestJobs.Named("logistic");
        var kind = mode == "synchronous" ? Component.Of(mode) : Component.Of(mode, ("bound", 0));
        // −999 times the weights each step: after 8 steps 10²⁴, after 13 beyond float32.
        var plan = new TrainingPlan(job with
        {
            Loss = job.Loss with { L2 = 1 },
            Optimizer = new OptimizerSpec { Kind = Component.Of("sgd"), LearningRate = 1000 },
            Training = job.Training with { Epochs = 2, BatchSize = 250, Mode = kind },
        }, data);

        var run = GoldenRun.Record(plan, new ShardStore(data, plan.ShardCount));

        int epoch = plan.Shards.StepsPerEpoch;
        Assert.Equal((RunEnd.Diverged, (long)epoch), (run.Outcome.End, run.Outcome.KeptStep));
        Assert.InRange(run.Outcome.Step, epoch + 1, plan.StepsTotal);
        Assert.True(Bits.AreEqual(SequentialTrainer.Train(plan.Job, data, epoch), run.Result));
    }
}
