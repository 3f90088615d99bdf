using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using ClusterGd.Core.Protocol;
using Xunit;

namespace ClusterGd.Core.Tests.Protocol;

public class ModelMemoryTests
{
    /// <summary>60,000,001 parameters of four bytes in 4 + 0 + 1 + log2(4) copies are 1.68 GB.</summary>
    [Fact]
    public void Problem_ModelThatDoesNotFit_SaysHowMuchAndNamesTheKey()
    {
        var schema = new DataSchema { FeatureCount = 60_000_000, TargetKind = TargetKind.BinaryClass };
        var job = new Job
        {
            Data = new DataSpec { Train = new DataSource { Path = "wide.libsvm" } },
            Model = Component.Of("linear"),
            Loss = new LossSpec { Kind = Component.Of("logistic") },
            Optimizer = new OptimizerSpec { Kind = Component.Of("sgd") },
            Training = new TrainingSpec { Shards = 4 },
        };
        var plan = new TrainingPlan(job, new DataSummary(schema, 120, null, new string('0', 64)));
        Assert.Equal(60_000_001L * 4 * 7, ModelMemory.BytesOf(plan));
        Assert.Null(ModelMemory.Problem(plan, 1_700_000_000));
        Assert.Equal(
            "The model has 60,000,001 parameters, which need at least 1.7 GB in training, and this machine has 1.0 " +
            "GB: hash the features into fewer (for example data.train.hashBuckets: 1048576), or train on a machine " +
            "with more memory.", ModelMemory.Problem(plan, 1_000_000_000));
    }
}
