using System.Text.Json;
using ClusterGd.Core.Optimizers;
using ClusterGd.Core.Options;
using Xunit;
using OptimizerTable = ClusterGd.Core.Optimizers.Optimizers;

namespace ClusterGd.Core.Tests.Optimizers;

/// <summary>Twenty steps of each optimizer against PyTorch's: see golden/optimizers.py.</summary>
public class OptimizerGoldenTests
{
    private static readonly JsonElement s_golden = Golden.Read("optimizers.json");

    public static TheoryData<string> Cases() =>
        new(s_golden.GetProperty("cases").EnumerateArray().Select(c => c.GetProperty("name").GetString()!));

    [Fact]
    public void Golden_Cases_CoverTheTable()
    {
        var covered = s_golden.GetProperty("cases").EnumerateArray().Select(c => c.GetProperty("kind").GetString());
        Assert.Equal(OptimizerTable.All.Select(k => k.Name).Order(), covered.Distinct().Order());
    }

    [Theory, MemberData(nameof(Cases))]
    public void Optimizer_TwentySteps_EndWhereTheReferenceEnds(string name)
    {
        var golden = s_golden.GetProperty("cases").EnumerateArray()
            .Single(c => c.GetProperty("name").GetString() == name);
        var rule = RuleOf(golden);
        var parameters = s_golden.GetProperty("start").Floats();
        var slot0 = new float[rule.SlotCount > 0 ? parameters.Length : 0];
        var slot1 = new float[rule.SlotCount > 1 ? parameters.Length : 0];
        var rates = golden.GetProperty("rates").Floats();
        var clipValue = golden.GetProperty("clipValue");
        for (int t = 0; t < rates.Length; t++)
        {
            // The gradient arrives as the sum of four rows, so that the scale is tested too.
            var sum = s_golden.GetProperty("gradients")[t].Floats().Select(g => 4 * g).ToArray();
            var step = new UpdateStep(
                t + 1, rates[t], 0.25f,
                clipValue.ValueKind == JsonValueKind.Null ? float.PositiveInfinity : clipValue.GetSingle(),
                golden.GetProperty("l2").GetSingle(), golden.GetProperty("l1").GetSingle());
            rule.Apply(in step, parameters, slot0, slot1, sum);
        }
        var expected = golden.GetProperty("parameters").Doubles();
        for (int i = 0; i < expected.Length; i++)
        {
            double limit = 1e-6 * Math.Max(1, Math.Abs(expected[i]));
            Assert.True(
                Math.Abs(parameters[i] - expected[i]) <= limit,
                $"{name}: parameter {i} is {parameters[i]:R}, the reference says {expected[i]:R}");
        }
    }

    private static UpdateRule RuleOf(JsonElement golden)
    {
        var options = golden.GetProperty("options").EnumerateObject().Select(o => (o.Name,
            o.Value.ValueKind == JsonValueKind.String ? (object)o.Value.GetString()! : o.Value.GetDouble())).ToArray();
        return Component.Of(golden.GetProperty("kind").GetString()!, options).Create(OptimizerTable.All);
    }
}
