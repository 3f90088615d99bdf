using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ClusterGd.Core.Kernels;

namespace ClusterGd.Core.Losses;

/// <summary>The same formulas, eight pairs at a time, for processors whose vectors are no longer.</summary>
public sealed partial class LogisticLoss
{
    private const int HalfLanes = VectorKernels.Lanes / 2, BlockPairs = 64;

    /// <remarks>
    /// Exponentials first, then the rest: both are long chains of few operations at a time, and a processor looks ahead
    /// over several turns of a short loop, but not over one of a long one.
    /// </remarks>
    [SkipLocalsInit]
    internal static unsafe double Evaluate256(
        ReadOnlySpan<float> outputs_B, ReadOnlySpan<float> targets_B, Span<float> derivatives_B)
    {
        float* exponentials = stackalloc float[BlockPairs];
        double* losses = stackalloc double[HalfLanes];
        double sum = 0;
        for (int start = 0; start < outputs_B.Length; start += BlockPairs)
        {
            int count = Math.Min(BlockPairs, outputs_B.Length - start);
            var outputs = outputs_B.Slice(start, count);
            var targets = targets_B.Slice(start, count);
            for (int i = 0; i < count; i += HalfLanes)
            {
                var margins = Sign(Load(targets, i)) * Load(outputs, i);
                Transcendental.Exp(-Vector256.Abs(margins)).Store(exponentials + i);
            }
            for (int i = 0; i < count; i += HalfLanes)
            {
                var loss = Evaluate(
                    Load(outputs, i), Load(targets, i), Vector256.Load(exponentials + i), out var derivative);
                Store(derivative, derivatives_B[(start + i)..], count - i);
                var (low, high) = Vector256.Widen(loss);
                low.Store(losses);
                high.Store(losses + HalfLanes / 2);
                sum = AddFirst(losses, count - i, sum);
            }
        }
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Evaluate(
        Vector256<float> outputs, Vector256<float> targets, Vector256<float> u, out Vector256<float> derivatives)
    {
        var one = Vector256<float>.One;
        var sign = Sign(targets);
        var margins = sign * outputs;
        var onePlus = one + u;
        var isRight = Vector256.GreaterThanOrEqual(margins, Vector256<float>.Zero);
        derivatives = -sign * Vector256.ConditionalSelect(isRight, u, one) / onePlus;
        var rounded = onePlus - one;
        var quotient = Transcendental.LogOfOneToTwo(onePlus) * u / rounded;
        var linear = Vector256.ConditionalSelect(isRight, Vector256<float>.Zero, -margins);
        var rest = Vector256.ConditionalSelect(Vector256.Equals(rounded, Vector256<float>.Zero), u, quotient);
        return linear + rest;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Sign(Vector256<float> targets) =>
        Vector256.FusedMultiplyAdd(Vector256.Create(2f), targets, -Vector256<float>.One);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Load(ReadOnlySpan<float> x, int i) => i + HalfLanes <= x.Length
        ? Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(x), (nuint)i)
        : VectorKernels.LoadTail256(x[i..]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<float> lanes, Span<float> x, int count)
    {
        if (count >= HalfLanes) lanes.StoreUnsafe(ref MemoryMarshal.GetReference(x));
        else VectorKernels.StoreTail(Vector512.Create(lanes, lanes), x[..count]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe double AddFirst(double* losses, int count, double sum)
    {
        if (count < HalfLanes)
        {
            for (int k = 0; k < count; k++) sum += losses[k];
            return sum;
        }
        sum = sum + losses[0] + losses[1] + losses[2] + losses[3];
        return sum + losses[4] + losses[5] + losses[6] + losses[7];
    }
}
