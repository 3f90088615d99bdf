using ClusterGd.Cluster.Transport;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Models;
using ClusterGd.Core.Options;
using ClusterGd.Core.Protocol;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Cluster.Tests.Training;

/// <summary>Every mode on actors: each result counts once, and the order of application has all that matters.</summary>
public class ModeTrainingTests
{
    [Theory]
    [InlineData("logistic")]
    [InlineData("mlp")]
    public async Task Training_BoundOfZero_HasTheSynchronousHashForAnyNodesAndOrder(string name)
    {
        var (job, data) = TestJobs.Named(name);
        job = In(job, job.Training.Mode);
        long steps = new TrainingPlan(job, data).StepsTotal;
        string golden = ModelHash.Of(SequentialTrainer.Train(job, data, steps));
        job = In(job, Component.Of("boundedStaleness", ("bound", 0)));
        await using var shuffling = new ShufflingDataPlane(seed: 42);

        foreach (var (nodes, plane) in new (int, IDataPlane)[] { (1, new InProcessDataPlane()), (3, shuffling) })
        {
            var result = await Trainer.RunAsync(
                job, data, new TrainingOptions { Nodes = nodes }, plane, null, CancellationToken.None);
            Assert.Equal((nodes, golden), (nodes, result.ModelSha256));
        }
    }

    public static TheoryData<string, string, int> Modes() => new()
    {
        { "boundedStaleness", "bound", 2 }, { "asynchronous", "decay", 0 }, { "kOfN", "k", 5 },
        { "localSgd", "every", 4 }, { "diloco", "every", 3 },
    };

    [Theory, MemberData(nameof(Modes))]
    public async Task Training_OnThreeNodes_CountsEachResultOnceAndReplaysToTheSameBits(
        string kind, string option, int value)
    {
        var (job, data) = TestJobs.Named("logistic");
        job = In(job, Component.Of(kind, (option, value)));
        var plan = new TrainingPlan(job, data);
        var store = new ShardStore(data, plan.ShardCount);

        var result = await Trainer.RunAsync(
            job, data, new TrainingOptions { Nodes = 3 }, null, CancellationToken.None);
        var again = ModeReplay.Run(plan.Mode, plan, store, result.Order!.Lines);

        Assert.Equal((TrainingEnd.Finished, plan.StepsTotal), (result.End, result.Steps));
        Assert.Empty(new OrderAudit(plan).Check(result.Order.Lines, result.Steps));
        Assert.Equal(result.ModelSha256, ModelHash.Of(again.Parameters()));
        Assert.Equal(again.Staleness, result.Order.Staleness);
        Assert.InRange(result.TrainLoss, 0, Math.Log(2) - 0.01);
    }

    [Fact]
    public async Task Training_ACriterionOnGradientsOfSteps_IsRefusedWithTheMode()
    {
        var (job, data) = TestJobs.Named("logistic");
        job = In(job, Component.Of("asynchronous")) with { Stop = [Component.Of("gradientNorm", ("tolerance", 1e-3))] };

        var refused = await Assert.ThrowsAsync<InputException>(() =>
            Trainer.RunAsync(job, data, new TrainingOptions(), null, CancellationToken.None));

        Assert.StartsWith("stop.0 is gradientNorm, which needs the gradients of whole steps", refused.Problems[0],
            StringComparison.Ordinal);
    }

    private static Job In(Job job, Component mode) => job with
    {
        Optimizer = job.Optimizer with { LearningRate = Math.Min(0.1, job.Optimizer.LearningRate) },
        Training = job.Training with { Mode = mode },
    };
}
