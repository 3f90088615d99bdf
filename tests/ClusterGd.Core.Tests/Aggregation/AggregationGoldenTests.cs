using System.Text.Json;
using ClusterGd.Core.Aggregation;
using ClusterGd.Core.Options;
using Xunit;

namespace ClusterGd.Core.Tests.Aggregation;

/// <summary>The robust rules against numpy and scipy: see golden/aggregation.py.</summary>
public class AggregationGoldenTests
{
    private static readonly JsonElement s_golden = Golden.Read("aggregation.json");

    public static TheoryData<int> Cases() => new(Enumerable.Range(0, s_golden.GetProperty("cases").GetArrayLength()));

    [Fact]
    public void Golden_Cases_CoverTheTable()
    {
        var covered = s_golden.GetProperty("cases").EnumerateArray().Select(c => c.GetProperty("kind").GetString());

        Assert.Equal(Aggregations.All.Select(k => k.Name).Where(n => n != "mean").Order(), covered.Distinct().Order());
    }

    [Theory, MemberData(nameof(Cases))]
    public void Rule_OfSomeFaultyGradients_IsWhatTheReferenceSays(int index)
    {
        var golden = s_golden.GetProperty("cases")[index];
        var options = golden.GetProperty("options").EnumerateObject()
            .Select(o => (o.Name, (object)o.Value.GetDouble())).ToArray();
        string kind = golden.GetProperty("kind").GetString()!;
        var rule = Component.Of(kind, options).Create(Aggregations.All)!;
        var inputs = s_golden.GetProperty("gradients").GetProperty(golden.GetProperty("gradients").GetRawText());
        float[][] gradients = [.. inputs.EnumerateArray().Select(row => row.Floats())];
        var result = new float[gradients[0].Length];

        rule.Aggregate(gradients, rule.Faulty, result);

        var expected = golden.GetProperty("expected").Doubles();
        double tolerance = golden.GetProperty("tolerance").GetDouble();
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(
                Math.Abs(result[i] - expected[i]) <= tolerance * Math.Max(1, Math.Abs(expected[i])),
                $"case {index}, {kind}: element {i} is {result[i]:R}, the reference says {expected[i]:R}");
        }
    }
}
