using ClusterGd.Core.Aggregation;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Options;
using ClusterGd.Core.Reduction;
using Xunit;

namespace ClusterGd.Core.Tests.Aggregation;

public class ShardAggregatorTests
{
    private const int Length = 20;
    private readonly FloatPool _pool = new(Length);

    public static TheoryData<string> Rules() => new(Aggregations.All.Select(k => k.Name).Where(n => n != "mean"));

    [Theory, MemberData(nameof(Rules))]
    public void Aggregate_AsManyNotANumberAsMayBeFaulty_IsNearTheHonest(string rule)
    {
        float[] result = Aggregate(rule, faulty: 2, [1, 1.1f, float.NaN, 0.9f, 1, float.PositiveInfinity, 1.05f]);

        Assert.All(result, g => Assert.InRange(g, 0.9f, 1.1f));
    }

    [Theory, MemberData(nameof(Rules))]
    public void Aggregate_MoreNotANumberThanMayBeFaulty_IsNotANumber(string rule)
    {
        float[] result = Aggregate(rule, faulty: 2, [1, 1, float.NaN, float.NaN, 1, float.NaN, 1]);

        Assert.All(result, g => Assert.True(float.IsNaN(g)));
    }

    [Theory, MemberData(nameof(Rules))]
    public void Aggregate_FewerVoicesThanTheRuleNeeds_IsZero(string rule)
    {
        float[] result = Aggregate(rule, faulty: 2, [1, null, null, null, null, 1, 1]);

        Assert.All(result, g => Assert.Equal(0, g));
    }

    [Theory, MemberData(nameof(Rules))]
    public void Aggregate_OneValueFromAll_IsThatValue(string rule)
    {
        float[] result = Aggregate(rule, faulty: 1, [0.5f, 0.5f, 0.5f, 0.5f, 0.5f]);

        Assert.All(result, g => Assert.Equal(0.5f, g, 1e-6f));
    }

    [Theory, MemberData(nameof(Rules))]
    public void Aggregate_HugeFaultyGradients_AreNotInIt(string rule)
    {
        float[] result = Aggregate(rule, faulty: 2, [1, 1.1f, 3e38f, 0.9f, 1, -3e38f, 1.05f]);

        Assert.All(result, g => Assert.InRange(g, 0.8f, 1.2f));
    }

    /// <summary>The mean gradient from shards of four rows with one value everywhere; null for no rows.</summary>
    private float[] Aggregate(string rule, int faulty, float?[] means)
    {
        var aggregator = new ShardAggregator(Component.Of(rule, ("faulty", faulty)).Create(Aggregations.All)!);
        var leaves = means.Select((mean, shard) =>
        {
            var values = _pool.Rent();
            // Four times the largest floats would be infinite, which is another test.
            int count = mean is null ? 0 : Math.Abs(mean.Value) > 1e30f ? 1 : 4;
            values.Span.Fill((mean ?? 0) * count);
            return new GradientSum(0, Pass.MiniBatch, Subtree.Leaf(shard), count, count, 0, 0, values);
        }).ToList();
        var root = aggregator.Aggregate(leaves, means.Length, _pool.Rent(), ElementType.Float32);
        return [.. root.Values.Span.ToArray().Select(g => g / Math.Max(1, root.Count))];
    }
}
