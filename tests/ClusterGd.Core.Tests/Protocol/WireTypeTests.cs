using ClusterGd.Core.Data;
using ClusterGd.Core.Faults;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Options;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Reduction;
using ClusterGd.Core.Simulation;
using ClusterGd.Core.Tests.Models;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Core.Tests.Protocol;

/// <summary>What a job's <c>wire</c> rounds, and where float16 ends.</summary>
public class WireTypeTests
{
    [Theory]
    [InlineData("mlp over bfloat16")]
    [InlineData("mlp over float16")]
    public void Gradient_OfAStep_IsRoundedAndOfAFullPassIsNot(string name)
    {
        var (job, data) = TestJobs.Named(name);
        var plan = new TrainingPlan(job, data);
        var store = new ShardStore(data, plan.ShardCount);
        var values = new FloatPool(plan.Model.ParameterCount).Rent();
        plan.InitialParameters(store).CopyTo(values.Span);

        Assert.True(IsRounded(Pass.MiniBatch));
        Assert.False(IsRounded(Pass.Full));

        bool IsRounded(Pass pass)
        {
            var sum = new ShardComputer(plan, store).Gradient(
                0, pass, new ParameterVersion(0, false, 0, values), new FloatPool(values.Length), out _);
            float[] gradient = sum.Values.Span.ToArray(), rounded = [.. gradient];
            HalfKernels.Round(rounded, job.Training.Wire);
            return gradient.SequenceEqual(rounded);
        }
    }

    [Fact]
    public void Train_OverEachType_HasItsOwnParametersCloseToFloat32()
    {
        float[] golden = Trained("mlp");

        Assert.InRange(Distance(golden, Trained("mlp over bfloat16")), 1e-4, 0.2);
        Assert.InRange(Distance(golden, Trained("mlp over float16")), 1e-5, 0.1);

        static float[] Trained(string name)
        {
            var (job, data) = TestJobs.Named(name);
            return SequentialTrainer.Train(job, data, 40);
        }

        static double Distance(float[] x, float[] y) =>
            Math.Sqrt(VectorKernels.SquaredDistance(x, y) / VectorKernels.SquaredNorm(x));
    }

    [Fact]
    public void Run_GradientBeyondFloat16_DivergesAndNamesTheTypeAndTheWayOut() => Assert.Equal(
        "the gradient of parameter 0 became -Infinity in step 1 as float16, which ends at 65504: set training.wire " +
        "to bfloat16, which has float32's range, or try a smaller learning rate",
        Run(ElementType.Float16, Component.Of("linear"), target: 20_000).Outcome?.Reason);

    [Fact]
    public void Run_GradientBeyondFloat16_GoesOnOverBFloat16() =>
        Assert.Equal(RunEnd.Finished, Run(ElementType.BFloat16, Component.Of("linear"), 20_000).Outcome?.End);

    [Fact]
    public void Run_FirstParameterBeyondFloat16_DivergesAndNamesTheTypeAndTheWayOut() => Assert.Equal(
        "parameter 0 became Infinity in step 0 as float16, which ends at 65504: set training.wire to bfloat16, which " +
        "has float32's range, or try a smaller learning rate",
        Run(ElementType.Float16, Component.Of("kmeans", ("clusters", 2)), feature: 1e6f).Outcome?.Reason);

    private static SimulationResult Run(ElementType wire, Component model, float target = 0, float feature = 1)
    {
        float[][] features = [.. Enumerable.Range(0, 8).Select(i => new[] { feature + i })];
        var rows = MlpRows.Dense(1, features, [.. Enumerable.Repeat(target, 8)]);
        var schema = new DataSchema { FeatureCount = 1, TargetKind = TargetKind.Number };
        var data = new DataSet(schema, rows, null, new string('0', 64));
        var job = TestJobs.Logistic with
        {
            Model = model, Loss = new LossSpec(), Optimizer = new OptimizerSpec { LearningRate = 0.001 },
            Training = new TrainingSpec { BatchSize = 8, Shards = 2, Epochs = 3, Wire = wire },
        };
        var plan = new TrainingPlan(job, data);
        var options = new SimulationOptions { Nodes = 2, LatencyMsMax = 2, ComputeMsMax = 5 };
        return new SimulatedCluster(plan, new ShardStore(data, 2), FaultPlan.None, 1, options, golden: null).Run();
    }
}
