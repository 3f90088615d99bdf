using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ClusterGd.Core.Kernels;

/// <summary>
/// Vector operations with a fixed order: sums run in 16 lanes (element i in lane i mod 16, fused multiply-add) and end
/// in <see cref="HorizontalSum"/>; the same bits on every instruction set. <see cref="ReferenceKernels"/> has the
/// plain loops.
/// </summary>
public static class VectorKernels
{
    public const int Lanes = 16;

    /// <summary>The fixed tree of adding 16 lanes: halves, then quarters, then pairs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float HorizontalSum(Vector512<float> lanes)
    {
        var half = lanes.GetLower() + lanes.GetUpper();
        var quarter = half.GetLower() + half.GetUpper();
        return (quarter[0] + quarter[2]) + (quarter[1] + quarter[3]);
    }

    /// <summary>Σ x·y over equal lengths.</summary>
    public static float Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        ref float px = ref MemoryMarshal.GetReference(x), py = ref MemoryMarshal.GetReference(y);
        var sum = Vector512<float>.Zero;
        int i = 0, whole = x.Length & -Lanes;
        for (; i < whole; i += Lanes)
        {
            sum = Vector512.FusedMultiplyAdd(
                Vector512.LoadUnsafe(ref px, (nuint)i), Vector512.LoadUnsafe(ref py, (nuint)i), sum);
        }
        for (; i < x.Length; i++) sum = sum.WithElement(i - whole, MathF.FusedMultiplyAdd(x[i], y[i], sum[i - whole]));
        return HorizontalSum(sum);
    }

    /// <summary>y ← a·x + y.</summary>
    public static void AddScaled(float a, ReadOnlySpan<float> x, Span<float> y)
    {
        ref float px = ref MemoryMarshal.GetReference(x), py = ref MemoryMarshal.GetReference(y);
        var scale = Vector512.Create(a);
        int i = 0, whole = x.Length & -Lanes;
        for (; i < whole; i += Lanes)
        {
            Vector512.FusedMultiplyAdd(
                scale, Vector512.LoadUnsafe(ref px, (nuint)i), Vector512.LoadUnsafe(ref py, (nuint)i))
                .StoreUnsafe(ref py, (nuint)i);
        }
        for (; i < x.Length; i++) y[i] = MathF.FusedMultiplyAdd(a, x[i], y[i]);
    }

    /// <summary>left ← left + right: the one addition of the reduction tree.</summary>
    public static void Add(Span<float> left, ReadOnlySpan<float> right)
    {
        ref float pl = ref MemoryMarshal.GetReference(left), pr = ref MemoryMarshal.GetReference(right);
        int i = 0, whole = left.Length & -Lanes;
        for (; i < whole; i += Lanes)
        {
            (Vector512.LoadUnsafe(ref pl, (nuint)i) + Vector512.LoadUnsafe(ref pr, (nuint)i))
                .StoreUnsafe(ref pl, (nuint)i);
        }
        for (; i < left.Length; i++) left[i] += right[i];
    }

    /// <summary>Σ x² in double precision: 8 lanes, element i in lane i mod 8.</summary>
    public static double SquaredNorm(ReadOnlySpan<float> x) => SquaredDistance(x, default);

    /// <summary>Σ (x − y)² in double precision; an empty y is zero.</summary>
    public static double SquaredDistance(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        Span<double> lanes = stackalloc double[8];
        lanes.Clear();
        for (int i = 0; i < x.Length; i++)
        {
            double d = y.IsEmpty ? x[i] : (double)x[i] - y[i];
            lanes[i & 7] += d * d;
        }
        return FoldLanes(lanes);
    }

    /// <summary>Σ |x| in double precision, 8 lanes.</summary>
    public static double AbsoluteSum(ReadOnlySpan<float> x)
    {
        Span<double> lanes = stackalloc double[8];
        lanes.Clear();
        for (int i = 0; i < x.Length; i++) lanes[i & 7] += Math.Abs((double)x[i]);
        return FoldLanes(lanes);
    }

    private static double FoldLanes(ReadOnlySpan<double> l) =>
        ((l[0] + l[4]) + (l[2] + l[6])) + ((l[1] + l[5]) + (l[3] + l[7]));
}
