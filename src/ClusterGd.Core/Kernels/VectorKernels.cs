using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ClusterGd.Core.Kernels;

/// <summary>
/// Vector operations with a fixed order: sums run in 16 lanes (element i in lane i mod 16, fused multiply-add) and end
/// in a fixed tree (<c>HorizontalSum</c>); the same bits on every instruction set. <see cref="ReferenceKernels"/> has
/// the plain loops.
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
        y = y[..x.Length];
        ref float px = ref MemoryMarshal.GetReference(x), py = ref MemoryMarshal.GetReference(y);
        var sum = Vector512<float>.Zero;
        int i = 0, whole = x.Length & -Lanes;
        for (; i < whole; i += Lanes)
        {
            sum = Vector512.FusedMultiplyAdd(
                Vector512.LoadUnsafe(ref px, (nuint)i), Vector512.LoadUnsafe(ref py, (nuint)i), sum);
        }
        if (i < x.Length)
        {
            var tail = Vector512.FusedMultiplyAdd(LoadTail(x[i..]), LoadTail(y[i..]), sum);
            sum = Vector512.ConditionalSelect(TailMask(x.Length - i), tail, sum);
        }
        return HorizontalSum(sum);
    }

    /// <summary>y ← a·x + y.</summary>
    public static void AddScaled(float a, ReadOnlySpan<float> x, Span<float> y)
    {
        y = y[..x.Length];
        ref float px = ref MemoryMarshal.GetReference(x), py = ref MemoryMarshal.GetReference(y);
        int i = 0;
        for (var scale = Vector512.Create(a); i + Lanes <= x.Length; i += Lanes)
        {
            Vector512.FusedMultiplyAdd(
                scale, Vector512.LoadUnsafe(ref px, (nuint)i), Vector512.LoadUnsafe(ref py, (nuint)i))
                .StoreUnsafe(ref py, (nuint)i);
        }
        for (var scale = Vector128.Create(a); i + 4 <= x.Length; i += 4)
        {
            Vector128.FusedMultiplyAdd(
                scale, Vector128.LoadUnsafe(ref px, (nuint)i), Vector128.LoadUnsafe(ref py, (nuint)i))
                .StoreUnsafe(ref py, (nuint)i);
        }
        for (; i < x.Length; i++) y[i] = MathF.FusedMultiplyAdd(a, x[i], y[i]);
    }

    /// <summary>left ← left + right: the one addition of the reduction tree.</summary>
    public static void Add(Span<float> left, ReadOnlySpan<float> right)
    {
        right = right[..left.Length];
        ref float pl = ref MemoryMarshal.GetReference(left), pr = ref MemoryMarshal.GetReference(right);
        int i = 0;
        for (; i + Lanes <= left.Length; i += Lanes)
        {
            (Vector512.LoadUnsafe(ref pl, (nuint)i) + Vector512.LoadUnsafe(ref pr, (nuint)i))
                .StoreUnsafe(ref pl, (nuint)i);
        }
        for (; i < left.Length; i++) left[i] += right[i];
    }

    /// <summary>Σ x² in double precision, in 16 lanes.</summary>
    public static double SquaredNorm(ReadOnlySpan<float> x)
    {
        Vector512<double> low = default, high = default;
        for (int i = 0; i < x.Length; i += Lanes)
        {
            var (a, b) = Vector512.Widen(i + Lanes <= x.Length ? Load(x, i) : LoadTail(x[i..]));
            low = Vector512.FusedMultiplyAdd(a, a, low);
            high = Vector512.FusedMultiplyAdd(b, b, high);
        }
        return HorizontalSum(low, high);
    }

    /// <summary>Σ (x − y)² over equal lengths in double precision, in 16 lanes.</summary>
    public static double SquaredDistance(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        y = y[..x.Length];
        Vector512<double> low = default, high = default;
        for (int i = 0; i < x.Length; i += Lanes)
        {
            bool isWhole = i + Lanes <= x.Length;
            var (xa, xb) = Vector512.Widen(isWhole ? Load(x, i) : LoadTail(x[i..]));
            var (ya, yb) = Vector512.Widen(isWhole ? Load(y, i) : LoadTail(y[i..]));
            low = Vector512.FusedMultiplyAdd(xa - ya, xa - ya, low);
            high = Vector512.FusedMultiplyAdd(xb - yb, xb - yb, high);
        }
        return HorizontalSum(low, high);
    }

    /// <summary>Σ |x| in double precision, in 16 lanes.</summary>
    public static double AbsoluteSum(ReadOnlySpan<float> x)
    {
        Vector512<double> low = default, high = default;
        for (int i = 0; i < x.Length; i += Lanes)
        {
            var (a, b) = Vector512.Widen(Vector512.Abs(i + Lanes <= x.Length ? Load(x, i) : LoadTail(x[i..])));
            low += a;
            high += b;
        }
        return HorizontalSum(low, high);
    }

    /// <summary>The largest |x|, 0 for none, not-a-number where one is.</summary>
    public static float MaxAbsolute(ReadOnlySpan<float> x)
    {
        // As integers, magnitudes have the order of their floats, with infinity and then not-a-number at the top.
        var max = Vector512<int>.Zero;
        for (int i = 0; i < x.Length; i += Lanes)
        {
            var bits = (i + Lanes <= x.Length ? Load(x, i) : LoadTail(x[i..])).AsInt32();
            max = Vector512.Max(max, bits & Vector512.Create(int.MaxValue));
        }
        int largest = 0;
        for (int lane = 0; lane < Lanes; lane++) largest = Math.Max(largest, max[lane]);
        return BitConverter.Int32BitsToSingle(largest);
    }

    /// <summary>Whether no element is infinite or not-a-number.</summary>
    public static bool IsAllFinite(ReadOnlySpan<float> x) => float.IsFinite(MaxAbsolute(x));

    private static double HorizontalSum(Vector512<double> low, Vector512<double> high)
    {
        var eighths = low + high;
        var half = eighths.GetLower() + eighths.GetUpper();
        return (half[0] + half[2]) + (half[1] + half[3]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Load(ReadOnlySpan<float> x, int i) =>
        Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(x), (nuint)i);

    /// <summary>At most 16 floats, and zeros.</summary>
    internal static unsafe Vector512<float> LoadTail(ReadOnlySpan<float> x)
    {
        if (Avx512F.IsSupported)
        {
            // Not by way of a copy: a wide load must wait until narrow stores have left the processor.
            fixed (float* p = x) return Avx512F.MaskLoad(p, TailMask(x.Length), Vector512<float>.Zero);
        }
        if (Avx.IsSupported)
        {
            int half = Math.Min(x.Length, Lanes / 2);
            return Vector512.Create(LoadTail256(x[..half]), LoadTail256(x[half..]));
        }
        var lanes = Vector512<float>.Zero;
        x.CopyTo(MemoryMarshal.CreateSpan(ref Unsafe.As<Vector512<float>, float>(ref lanes), Lanes));
        return lanes;
    }

    /// <summary>At most eight floats, and zeros.</summary>
    internal static unsafe Vector256<float> LoadTail256(ReadOnlySpan<float> x)
    {
        if (Avx.IsSupported)
        {
            var mask = Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(x.Length)).AsSingle();
            fixed (float* p = x) return Avx.MaskLoad(p, mask);
        }
        var lanes = Vector256<float>.Zero;
        x.CopyTo(MemoryMarshal.CreateSpan(ref Unsafe.As<Vector256<float>, float>(ref lanes), Lanes / 2));
        return lanes;
    }

    /// <summary>The first lanes into a span of at most 16.</summary>
    /// <remarks>
    /// Not by a masked store: single elements could not be read back before it has left the processor.
    /// </remarks>
    internal static void StoreTail(Vector512<float> lanes, Span<float> x)
    {
        ref float first = ref Unsafe.As<Vector512<float>, float>(ref lanes);
        for (int i = 0; i < x.Length; i++) x[i] = Unsafe.Add(ref first, i);
    }

    private static Vector512<float> TailMask(int count) =>
        Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).AsSingle();
}
