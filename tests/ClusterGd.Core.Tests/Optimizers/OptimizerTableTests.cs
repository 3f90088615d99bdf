using ClusterGd.Core.Optimizers;
using ClusterGd.Core.Options;
using Xunit;
using OptimizerTable = ClusterGd.Core.Optimizers.Optimizers;

namespace ClusterGd.Core.Tests.Optimizers;

/// <summary>What holds for every row of the table of optimizers.</summary>
public class OptimizerTableTests
{
    private static readonly Dictionary<string, Component> s_variants = new()
    {
        ["momentum/sutskever"] = Component.Of("momentum", ("convention", "sutskever")),
        ["nesterov/sutskever"] = Component.Of("nesterov", ("convention", "sutskever")),
        ["rmsprop/momentum"] = Component.Of("rmsprop", ("momentum", 0.5)),
    };

    private static IEnumerable<string> AllKinds => OptimizerTable.All.Select(k => k.Name).Concat(s_variants.Keys);

    public static TheoryData<string> Kinds() => new(AllKinds);

    public static TheoryData<string, int> KindsAndLengths()
    {
        var data = new TheoryData<string, int>();
        foreach (string kind in AllKinds)
        {
            foreach (int length in (int[])[0, 1, 15, 16, 17, 33, 1023]) data.Add(kind, length);
        }
        return data;
    }

    [Theory, MemberData(nameof(KindsAndLengths))]
    public void Optimizer_VectorForm_HasTheBitsOfTheReference(string kind, int length)
    {
        var rule = Make(kind);
        var (parameters, slots, gradient) = Sample(rule, length);
        var expected = parameters.ToArray();
        var (slot0, slot1) = (new float[length], new float[length]);
        for (int t = 1; t <= 5; t++)
        {
            var step = StepAt(t);
            rule.Apply(in step, parameters, slots[0], slots[1], gradient);
            ReferenceUpdates.Apply(kind, in step, expected, slot0, slot1, gradient);
            Assert.Equal(Bits(expected), Bits(parameters));
            if (rule.SlotCount > 0) Assert.Equal(Bits(slot0), Bits(slots[0]));
            if (rule.SlotCount > 1) Assert.Equal(Bits(slot1), Bits(slots[1]));
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Optimizer_CutIntoSlices_HasTheBitsOfTheWhole(string kind)
    {
        const int length = 203;
        var rule = Make(kind);
        var (whole, wholeSlots, gradient) = Sample(rule, length);
        var (cut, cutSlots, _) = Sample(rule, length);
        for (int t = 1; t <= 3; t++)
        {
            var step = StepAt(t);
            rule.Apply(in step, whole, wholeSlots[0], wholeSlots[1], gradient);
            foreach (var range in (Range[])[0..5, 5..64, 64..64, 64..200, 200..203])
            {
                rule.Apply(
                    in step, cut.AsSpan(range), rule.SlotCount > 0 ? cutSlots[0].AsSpan(range) : default,
                    rule.SlotCount > 1 ? cutSlots[1].AsSpan(range) : default, gradient.AsSpan(range));
            }
        }
        Assert.Equal(Bits(whole), Bits(cut));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Optimizer_NaNGradient_IsNotClippedAway(string kind)
    {
        var rule = Make(kind);
        var (parameters, slots, gradient) = Sample(rule, 40);
        gradient[3] = gradient[37] = float.NaN;
        var step = new UpdateStep(1, 0.1f, 1, ClipValue: 0.5f, L2: 0.1f, L1: 0.1f);
        rule.Apply(in step, parameters, slots[0], slots[1], gradient);
        Assert.Equal([3, 37], Enumerable.Range(0, 40).Where(i => float.IsNaN(parameters[i])));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Optimizer_Update_AllocatesNothing(string kind)
    {
        var rule = Make(kind);
        var (parameters, slots, gradient) = Sample(rule, 100);
        var step = StepAt(1);
        rule.Apply(in step, parameters, slots[0], slots[1], gradient);
        long before = GC.GetAllocatedBytesForCurrentThread();
        rule.Apply(in step, parameters, slots[0], slots[1], gradient);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Optimizer_ShortGradient_IsRefused(string kind)
    {
        var rule = Make(kind);
        var (parameters, slots, gradient) = Sample(rule, 20);
        Assert.Throws<ArgumentException>(() =>
        {
            var step = StepAt(1);
            rule.Apply(in step, parameters, slots[0], slots[1], gradient.AsSpan(1));
        });
    }

    [Fact]
    public void Proximal_SmallParameter_BecomesExactlyZero()
    {
        // 0.25 − 0.5·0 = 0.25, thresholded by 0.5·1 = 0.5 to 0; −2 and 2 come 0.5 nearer.
        float[] parameters = [0.25f, -0.25f, 2, -2];
        var step = new UpdateStep(1, 0.5f, 1, float.PositiveInfinity, 0, L1: 1);
        new Sgd().Apply(in step, parameters, [], [], new float[4]);
        Assert.Equal([0, 0, 1.5f, -1.5f], parameters);
    }

    [Fact]
    public void UpdateStep_OrderOfParts_IsScaleThenClipThenL2()
    {
        // g = clip(8·0.5, ±1) + 0.5·2 = 2; w = 2 − 0.25·2.
        float[] parameters = [2];
        var step = new UpdateStep(1, 0.25f, 0.5f, ClipValue: 1, L2: 0.5f, L1: 0);
        new Sgd().Apply(in step, parameters, [], [], [8]);
        Assert.Equal(1.5f, parameters[0]);
    }

    private static UpdateRule Make(string kind) =>
        s_variants.GetValueOrDefault(kind, Component.Of(kind)).Create(OptimizerTable.All);

    private static UpdateStep StepAt(int t) => new(t, 0.1f / t, 0.125f, ClipValue: 0.75f, L2: 0.01f, L1: 0.02f);

    private static (float[] Parameters, float[][] Slots, float[] Gradient) Sample(UpdateRule rule, int length)
    {
        var parameters = Enumerable.Range(0, length).Select(i => (i * 37 % 101 - 50) / 50f).ToArray();
        var gradient = Enumerable.Range(0, length).Select(i => (i * 53 % 97 - 48) / 5f).ToArray();
        float[][] slots = [new float[rule.SlotCount > 0 ? length : 0], new float[rule.SlotCount > 1 ? length : 0]];
        return (parameters, slots, gradient);
    }

    private static IEnumerable<int> Bits(float[] x) => x.Select(BitConverter.SingleToInt32Bits);
}
