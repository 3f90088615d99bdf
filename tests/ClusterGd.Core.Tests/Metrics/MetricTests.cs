using ClusterGd.Core.Data;
using ClusterGd.Core.Losses;
using ClusterGd.Core.Metrics;
using CsCheck;
using Xunit;

namespace ClusterGd.Core.Tests.Metrics;

public class MetricTests
{
    [Fact]
    public void Binary_FourRows_HasTheHandComputedMetrics()
    {
        // Probabilities ½, e/(1+e), ½ and 1/(1+e); a margin of zero is class 0.
        var metrics = Of(new LogisticLoss(), TargetKind.BinaryClass, 1, [0, 1, 0, -1], [0, 1, 1, 0]);

        Assert.Equal(0.75, metrics["accuracy"]);
        Assert.Equal(0.875, metrics["auc"]);
        Assert.Equal((2 * Math.Log(2) + 2 * Math.Log(1 + Math.Exp(-1))) / 4, metrics["logLoss"], 6);
        Assert.Equal(metrics["logLoss"], metrics["loss"], 6);
    }

    [Fact]
    public void Hinge_NoProbabilities_HasNoLogLoss()
    {
        var metrics = Of(new HingeLoss(), TargetKind.BinaryClass, 1, [2, -2], [1, 1]);

        Assert.False(metrics.ContainsKey("logLoss"));
        Assert.Equal(0.5, metrics["accuracy"]);
    }

    [Fact]
    public void Classes_TiedOutputs_CountAsTheFirstClass()
    {
        var metrics = Of(new SoftmaxLoss(), TargetKind.Class, 3, [1, 1, 0, 0, 0, 9], [0, 2]);

        Assert.Equal(1, metrics["accuracy"]);
        Assert.DoesNotContain("auc", metrics.Keys);
    }

    [Fact]
    public void Numbers_ThreeRows_HaveTheHandComputedMetrics()
    {
        // Errors 1, 0, -2 of targets 1, 2, 6 (mean 3, Σ(t-3)² = 14).
        var metrics = Of(new SquaredLoss(), TargetKind.Number, 1, [2, 2, 4], [1, 2, 6]);

        Assert.Equal(Math.Sqrt(5 / 3.0), metrics["rmse"], 12);
        Assert.Equal(1, metrics["mae"], 12);
        Assert.Equal(1 - 5 / 14.0, metrics["r2"], 12);
        Assert.Equal(2.5 / 3, metrics["loss"], 12);
    }

    [Fact]
    public void Clusters_SquaredDistances_AreTheInertia()
    {
        Assert.Equal(6, Of(new SquaredLoss(), TargetKind.None, 1, [1, 2, 3], [])["inertia"]);
    }

    [Fact]
    public void Auc_AnyScores_IsTheShareOfOrderedPairs() =>
        Gen.Select(Gen.Int[0, 5].Array[1, 20], Gen.Int[0, 5].Array[1, 20]).Sample((negative, positive) =>
        {
            double pairs = 0;
            foreach (int n in negative)
            {
                foreach (int p in positive) pairs += p > n ? 1 : p == n ? 0.5 : 0;
            }
            double auc = AreaUnderCurve.Of([.. negative.Select(n => (float)n)], [.. positive.Select(p => (float)p)]);
            Assert.Equal(pairs / (negative.Length * positive.Length), auc, 12);
        });

    [Fact]
    public void Sums_SplitOverShards_AreTheWhole()
    {
        float[] outputs = [0.5f, -1, 2, 0.25f, -3], targets = [1, 0, 1, 0, 0];
        var whole = Sums(new LogisticLoss(), TargetKind.BinaryClass, 1, outputs, targets);
        var parts = MetricSums.Add(
            Sums(new LogisticLoss(), TargetKind.BinaryClass, 1, outputs[..2], targets[..2]),
            Sums(new LogisticLoss(), TargetKind.BinaryClass, 1, outputs[2..], targets[2..]));

        Assert.Equal(Core.Metrics.Metrics.Of(whole, TargetKind.BinaryClass)["auc"], Core.Metrics.Metrics.Of(parts, TargetKind.BinaryClass)["auc"]);
        Assert.Equal(whole.LossSum, parts.LossSum, 6);
        Assert.Equal(5, parts.Count);
    }

    private static System.Collections.Immutable.ImmutableSortedDictionary<string, double> Of(
        Loss loss, TargetKind kind, int outputCount, float[] outputs, float[] targets) =>
        Core.Metrics.Metrics.Of(Sums(loss, kind, outputCount, outputs, targets), kind);

    private static MetricSums Sums(Loss loss, TargetKind kind, int outputCount, float[] outputs, float[] targets)
    {
        var accumulator = new MetricAccumulator(loss, kind, outputCount);
        accumulator.Add(outputs, targets);
        return accumulator.ToSums();
    }
}
