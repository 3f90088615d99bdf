using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using ClusterGd.Core.Protocol;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Core.Tests.Protocol;

/// <summary>
/// Where the penalties of a job meet the numbers of a slice: 300 weights, penalised, and a bias, which is not.
/// </summary>
public class SliceUpdaterTests
{
    private const float Rate = 0.5f;

    [Fact]
    public void Apply_L1_DrawsWeightsToZeroByRateTimesPenaltyAndLeavesTheBias()
    {
        var updater = Updater(l1: 0.5, l2: 0, out int bias);
        updater.Apply(0, new float[301], 1, 1, Rate);

        // 2 − 0.5·0.5 = 1.75; |0.2| is less than 0.25.
        Assert.Equal([1.75f, -1.75f, 0, 0], Others(updater, bias)[..4]);
        Assert.Equal(2, updater.Parameters[bias]);
    }

    [Fact]
    public void Apply_L2_ShrinksWeightsAndLeavesTheBias()
    {
        var updater = Updater(l1: 0, l2: 0.5, out int bias);
        updater.Apply(0, new float[301], 1, 1, Rate);

        // 2 − 0.5·(0.5·2) = 1.5.
        Assert.Equal([1.5f, -1.5f, 0.15f, -0.15f], Others(updater, bias)[..4]);
        Assert.Equal(2, updater.Parameters[bias]);
    }

    [Fact]
    public void Penalty_L1AndL2_AreOfTheWeightsAlone()
    {
        // ‖w‖₁ = 4.4, ‖w‖² = 8.08.
        Assert.Equal(0.5 * 4.4, Updater(l1: 0.5, l2: 0, out _).Penalty(), 1e-6);
        Assert.Equal(0.5 * 0.25 * 8.08, Updater(l1: 0, l2: 0.25, out _).Penalty(), 1e-6);
    }

    /// <summary>At a weight of zero a gradient below the penalty is none: the optimum is there.</summary>
    [Fact]
    public void MeanGradientNorms_L1_IsOfTheNearestSubgradient()
    {
        var updater = Updater(l1: 0.5, l2: 0, out int bias);
        var gradient = new float[301];
        gradient[bias == 0 ? 5 : 4] = 0.25f;   // of a weight that is 0

        var (squared, max) = updater.MeanGradientNorms(gradient, 1);

        // Four weights are not 0, each with a subgradient of ±0.5.
        Assert.Equal(4 * 0.25, squared, 1e-12);
        Assert.Equal(0.5, max);
    }

    /// <summary>Weights 2, −2, 0.2, −0.2 and zeros, bias 2.</summary>
    private static SliceUpdater Updater(double l1, double l2, out int bias)
    {
        var (job, data) = TestJobs.Named("logistic");
        var plan = new TrainingPlan(job with
        {
            Loss = job.Loss with { L1 = l1, L2 = l2 }, Optimizer = new OptimizerSpec { LearningRate = Rate },
            Model = Component.Of("linear"),
        }, data);
        bias = plan.Model.Blocks.Single(block => !block.IsPenalised).Offset;
        var initial = new float[plan.Model.ParameterCount];
        Assert.Equal(301, initial.Length);
        float[] weights = [2, -2, 0.2f, -0.2f];
        weights.CopyTo(initial, bias == 0 ? 1 : 0);
        initial[bias] = 2;
        return new SliceUpdater(plan, 0, initial);
    }

    private static float[] Others(SliceUpdater updater, int bias) =>
        [.. updater.Parameters.ToArray().Where((_, i) => i != bias)];
}
