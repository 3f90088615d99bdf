using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ClusterGd.Core.Kernels;

namespace ClusterGd.Core.Optimizers;

/// <summary>The part of an update that differs between optimizers, for sixteen parameters.</summary>
internal interface IUpdateFormula
{
    /// <summary>0, 1 or 2; a constant, so that the unused slots cost nothing.</summary>
    static abstract int SlotCount { get; }

    /// <summary>The new parameters; the slots are changed in place.</summary>
    /// <param name="g">Scaled, clipped, and with the L2 penalty's part.</param>
    Vector512<float> Apply(
        Vector512<float> w, Vector512<float> g, ref Vector512<float> slot0, ref Vector512<float> slot1);
}

/// <summary>
/// One pass over parameters, slots and gradient, the same for every optimizer: scale, clip by value, add L2·w, the
/// formula, soft-threshold by learning rate × L1 (the proximal step of Duchi and Singer 2009). Element-wise with fused
/// multiply-adds where written and nowhere else; the last few elements are padded to sixteen and give the same bits.
/// </summary>
internal static class UpdatePass
{
    public static void Run<TFormula>(
        in UpdateStep step, TFormula formula,
        Span<float> parameters, Span<float> slot0, Span<float> slot1, ReadOnlySpan<float> gradientSum)
        where TFormula : struct, IUpdateFormula
    {
        RequireLengths<TFormula>(parameters.Length, slot0.Length, slot1.Length, gradientSum.Length);
        ref float w = ref MemoryMarshal.GetReference(parameters), g = ref MemoryMarshal.GetReference(gradientSum);
        ref float s0 = ref MemoryMarshal.GetReference(slot0), s1 = ref MemoryMarshal.GetReference(slot1);
        var shared = step;
        int i = 0, whole = parameters.Length & -VectorKernels.Lanes;
        for (; i < whole; i += VectorKernels.Lanes)
        {
            var a = TFormula.SlotCount > 0 ? Vector512.LoadUnsafe(ref s0, (nuint)i) : default;
            var b = TFormula.SlotCount > 1 ? Vector512.LoadUnsafe(ref s1, (nuint)i) : default;
            Apply(
                in shared, formula, Vector512.LoadUnsafe(ref w, (nuint)i), ref a, ref b,
                Vector512.LoadUnsafe(ref g, (nuint)i)).StoreUnsafe(ref w, (nuint)i);
            if (TFormula.SlotCount > 0) a.StoreUnsafe(ref s0, (nuint)i);
            if (TFormula.SlotCount > 1) b.StoreUnsafe(ref s1, (nuint)i);
        }
        if (i == parameters.Length) return;
        var slot0Rest = TFormula.SlotCount > 0 ? slot0[i..] : default;
        var slot1Rest = TFormula.SlotCount > 1 ? slot1[i..] : default;
        Vector512<float> lastA = LoadPadded(slot0Rest), lastB = LoadPadded(slot1Rest);
        var last = Apply(
            in shared, formula, LoadPadded(parameters[i..]), ref lastA, ref lastB, LoadPadded(gradientSum[i..]));
        StorePart(last, parameters[i..]);
        StorePart(lastA, slot0Rest);
        StorePart(lastB, slot1Rest);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Apply<TFormula>(
        in UpdateStep step, TFormula formula, Vector512<float> w,
        ref Vector512<float> slot0, ref Vector512<float> slot1, Vector512<float> gradientSum)
        where TFormula : struct, IUpdateFormula
    {
        // Vector512.Min and Max are IEEE 754-2019 minimum and maximum: NaN comes out NaN. (The "native" forms and the
        // x86 instructions return one operand instead, and would turn a diverged gradient into ± the limit.)
        var g = gradientSum * Vector512.Create(step.GradientScale);
        g = Vector512.Min(Vector512.Max(g, Vector512.Create(-step.ClipValue)), Vector512.Create(step.ClipValue));
        g = Vector512.FusedMultiplyAdd(Vector512.Create(step.L2), w, g);
        w = formula.Apply(w, g, ref slot0, ref slot1);
        var threshold = Vector512.Create(step.LearningRate * step.L1);
        return w - Vector512.Min(Vector512.Max(w, -threshold), threshold);
    }

    private static Vector512<float> LoadPadded(ReadOnlySpan<float> x)
    {
        Span<float> padded = stackalloc float[VectorKernels.Lanes];
        padded.Clear();
        x.CopyTo(padded);
        return Vector512.Create<float>(padded);
    }

    private static void StorePart(Vector512<float> x, Span<float> destination)
    {
        Span<float> padded = stackalloc float[VectorKernels.Lanes];
        x.CopyTo(padded);
        padded[..destination.Length].CopyTo(destination);
    }

    private static void RequireLengths<TFormula>(int parameters, int slot0, int slot1, int gradient)
        where TFormula : struct, IUpdateFormula
    {
        if (gradient == parameters && (TFormula.SlotCount < 1 || slot0 == parameters)
            && (TFormula.SlotCount < 2 || slot1 == parameters)) return;
        throw new ArgumentException(
            $"{parameters} parameters, slots of {slot0} and {slot1}, and a gradient of {gradient} do not fit.");
    }
}
