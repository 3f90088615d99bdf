using ClusterGd.Core.Data;
using ClusterGd.Core.Losses;
using ClusterGd.Core.Metrics;
using ClusterGd.Core.Options;
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
    public void LogLoss_MarginsBeyondProbabilities_IsNotClipped()
    {
        // −ln p of margins −60 and 50: 60 + e^−60 and e^−50; of logits 0, 90, −10 with target 0: 90 + e^−90.
        Assert.Equal(
            (60 + Math.Exp(-50)) / 2, Of(new LogisticLoss(), TargetKind.BinaryClass, 1, [60, 50], [0, 1])["logLoss"],
            12);
        Assert.Equal(90, Of(new SoftmaxLoss(), TargetKind.Class, 3, [0, 90, -10], [0])["logLoss"], 12);
        double tiny = Of(new LogisticLoss(), TargetKind.BinaryClass, 1, [-50], [0])["logLoss"];
        Assert.Equal(1, tiny / Math.Exp(-50), 12);
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
    public void Numbers_TargetsAllTheSame_HaveNoR2()
    {
        float[] targets = [.. Enumerable.Repeat(0.1f, 1000)];
        Assert.DoesNotContain("r2", Of(new SquaredLoss(), TargetKind.Number, 1, new float[1000], targets).Keys);
    }

    public static TheoryData<string> LossesAndClusters() =>
        new(Core.Losses.Losses.All.Select(loss => loss.Name).Append("kmeans"));

    [Theory, MemberData(nameof(LossesAndClusters))]
    public void Metrics_RowsSplitOverAnyShards_HaveTheSameBits(string name)
    {
        var loss = Component.Of(name == "kmeans" ? "squared" : name).Create(Core.Losses.Losses.All);
        var kind = name == "kmeans" ? TargetKind.None : loss.TargetKind;
        int width = kind == TargetKind.Class ? 3 : 1;
        // Quarters tie in the area under the curve; the wide numbers lose bits in an ordinary sum.
        var output = Gen.OneOf(Gen.Int[-8, 8].Select(i => i / 4f), Gen.Float[-30, 30]);
        var rows = Gen.Select(output.Array[width], Gen.Int[0, 2], Gen.Float[0, 3]).Array[1, 60];
        Gen.Select(rows, Gen.Int[0, 60].Array[0, 12], Gen.Bool).Sample((data, cuts, isWeighted) =>
        {
            float[] weights = isWeighted ? [.. data.Select(row => row.Item3 + 0.5f)] : [];
            float[] outputs = [.. data.SelectMany(row => row.Item1.Select(o => kind == TargetKind.None ? o * o : o))];
            int classes = kind is TargetKind.BinaryClass or TargetKind.Labels ? 2 : 3;
            float[] targets = [.. data.Select(row => (float)(row.Item2 % classes))];
            int[] ends = [.. cuts.Select(cut => Math.Min(cut, data.Length)).Order(), data.Length];
            var parts = ends.Select((end, i) =>
            {
                int start = i == 0 ? 0 : ends[i - 1];
                return Sums(loss, kind, width, outputs[(start * width)..(end * width)], targets[start..end],
                    isWeighted ? weights[start..end] : []);
            });

            var whole = Core.Metrics.Metrics.Of(Sums(loss, kind, width, outputs, targets, weights), kind);
            Assert.Equal(whole, Core.Metrics.Metrics.Of(parts.Aggregate(MetricSums.Add), kind));
            Assert.Equal(whole, Core.Metrics.Metrics.Of(parts.Reverse().Aggregate(MetricSums.Add), kind));
        });
    }

    private static System.Collections.Immutable.ImmutableSortedDictionary<string, double> Of(
        Loss loss, TargetKind kind, int outputCount, float[] outputs, float[] targets) =>
        Core.Metrics.Metrics.Of(Sums(loss, kind, outputCount, outputs, targets, []), kind);

    private static MetricSums Sums(
        Loss loss, TargetKind kind, int outputCount, float[] outputs, float[] targets, float[] weights)
    {
        var accumulator = new MetricAccumulator(loss, kind, outputCount);
        accumulator.Add(outputs, targets, weights);
        return accumulator.ToSums();
    }
}
