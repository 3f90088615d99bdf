using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Options;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Simulation;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Core.Tests.Protocol;

/// <summary>A run whose result is of an earlier evaluation ends with the very parameters of that.</summary>
public class RestoredBestTests
{
    /// <summary>
    /// No improvement is large enough, so the first evaluation is the best one. The third ends the run, or all epochs
    /// are over before that many evaluations have not improved on it.
    /// </summary>
    [Theory]
    [InlineData("logistic", "synchronous", 2, 3)]
    [InlineData("mlp", "synchronous", 2, 3)]
    [InlineData("logistic", "boundedStaleness", 2, 3)]
    [InlineData("logistic", "synchronous", 1000, 4)]
    [InlineData("logistic", "boundedStaleness", 1000, 4)]
    public void Run_WithAPlateau_EndsWithTheParametersOfItsBestEvaluation(
        string name, string mode, int patience, int epochs)
    {
        var (job, data) = TestJobs.Named(name);
        var stop = Component.Of("plateau", ("metric", "loss"), ("minDelta", 1e9), ("patience", patience));
        job = job with { Training = job.Training with { Epochs = 4 } };
        var plan = new TrainingPlan(
            job with { Stop = [stop], Training = job.Training with { Mode = ModeOf(mode) } }, data);

        var run = GoldenRun.Record(plan, new ShardStore(data, plan.ShardCount));

        int epoch = plan.Shards.StepsPerEpoch;
        Assert.Equal((epochs * epoch, epoch), (run.Outcome.Step, run.Outcome.KeptStep));
        Assert.True(Bits.AreEqual(SequentialTrainer.Train(job, data, epoch), run.Result));
        Assert.False(Bits.AreEqual(SequentialTrainer.Train(job, data, epochs * epoch), run.Result));
    }

    [Theory]
    [InlineData("synchronous")]
    [InlineData("boundedStaleness")]
    public void Run_Diverges_EndsWithTheParametersOfTheLastEvaluationWithAFiniteLoss(string mode)
    {
        var (job, data) = TestJobs.Named("logistic");
        // −999 times the weights each step: after 8 steps 10²⁴, after 13 beyond float32.
        var plan = new TrainingPlan(job with
        {
            Loss = job.Loss with { L2 = 1 },
            Optimizer = new OptimizerSpec { Kind = Component.Of("sgd"), LearningRate = 1000 },
            Training = job.Training with { Epochs = 2, BatchSize = 250, Mode = ModeOf(mode) },
        }, data);

        var run = GoldenRun.Record(plan, new ShardStore(data, plan.ShardCount));

        int epoch = plan.Shards.StepsPerEpoch;
        Assert.Equal((RunEnd.Diverged, (long)epoch), (run.Outcome.End, run.Outcome.KeptStep));
        Assert.InRange(run.Outcome.Step, epoch + 1, plan.StepsTotal);
        Assert.True(Bits.AreEqual(SequentialTrainer.Train(plan.Job, data, epoch), run.Result));
    }

    /// <summary>With bound 0 a mode's server makes the steps of synchronous training.</summary>
    private static Component ModeOf(string kind) =>
        kind == "synchronous" ? Component.Of(kind) : Component.Of(kind, ("bound", 0));
}
