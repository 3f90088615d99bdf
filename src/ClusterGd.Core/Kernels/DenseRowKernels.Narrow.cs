using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ClusterGd.Core.Kernels;

/// <summary>Short rows: what a row costs beside its loads counts, so 16 dots are folded at once.</summary>
public static unsafe partial class DenseRowKernels
{
    /// <summary>
    /// The additions of <c>VectorKernels.HorizontalSum</c>, for 16 rows side by side: 15 vector additions in
    /// place of 64 small ones.
    /// </summary>
    private static Vector512<float> SixteenDots(
        float* values, int stride, int* rows, int* next, float* weights, float bias)
    {
        // Quarter sums: four lanes of each of rows 0–3, then of 4–7, 8–11, 12–15.
        var a = FourDots(values, stride, rows, next, weights).AsDouble();
        var b = FourDots(values, stride, rows + 4, next + 4, weights).AsDouble();
        var c = FourDots(values, stride, rows + 8, next + 8, weights).AsDouble();
        var d = FourDots(values, stride, rows + 12, next + 12, weights).AsDouble();

        // Lanes 0 + 2 and 1 + 3 of each row, then these two; block r has rows r, r+4, r+8, r+12.
        var ab = Avx512F.UnpackLow(a, b).AsSingle() + Avx512F.UnpackHigh(a, b).AsSingle();
        var cd = Avx512F.UnpackLow(c, d).AsSingle() + Avx512F.UnpackHigh(c, d).AsSingle();
        var dots = Avx512F.Shuffle(ab, cd, 0b10_00_10_00) + Avx512F.Shuffle(ab, cd, 0b11_01_11_01);
        var inOrder = Vector512.Create(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
        return Vector512.Shuffle(dots, inOrder) + Vector512.Create(bias);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> FourDots(float* values, int stride, int* rows, int* next, float* weights)
    {
        var a = Products(values, stride, rows[0], next[0], weights);
        var b = Products(values, stride, rows[1], next[1], weights);
        var c = Products(values, stride, rows[2], next[2], weights);
        var d = Products(values, stride, rows[3], next[3], weights);

        // Lanes 0–7 + 8–15 of two rows at a time, then 0–3 + 4–7 of four.
        var ab = Avx512F.Shuffle4x128(a, b, 0b01_00_01_00) + Avx512F.Shuffle4x128(a, b, 0b11_10_11_10);
        var cd = Avx512F.Shuffle4x128(c, d, 0b01_00_01_00) + Avx512F.Shuffle4x128(c, d, 0b11_10_11_10);
        return Avx512F.Shuffle4x128(ab, cd, 0b10_00_10_00) + Avx512F.Shuffle4x128(ab, cd, 0b11_01_11_01);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Products(float* values, int stride, int row, int next, float* weights) =>
        Products(values + (nint)row * stride, weights, stride, values + (nint)next * stride);

    /// <summary>Columns in turn, 64, 32 or 16 of them: their sums stay in registers over all rows.</summary>
    private static void Add(float* values, int stride, int* rows, int count, float* scales, float* sum)
    {
        if (count == 0) return;
        int j = 0;
        for (; j + 64 <= stride; j += 64) Add64(values + j, stride, rows, count, scales, sum + j);
        for (; j + 32 <= stride; j += 32) Add32(values + j, stride, rows, count, scales, sum + j);
        for (; j < stride; j += 16) Add16(values + j, stride, rows, count, scales, sum + j);
    }

    private static void Add64(float* values, int stride, int* rows, int count, float* scales, float* sum)
    {
        Vector512<float> a = Vector512.Load(sum), b = Vector512.Load(sum + 16);
        Vector512<float> c = Vector512.Load(sum + 32), d = Vector512.Load(sum + 48);
        for (int i = 0; i < count; i++)
        {
            float* row = values + (nint)rows[i] * stride;
            var scale = Vector512.Create(scales[i]);
            a = Vector512.FusedMultiplyAdd(Vector512.Load(row), scale, a);
            b = Vector512.FusedMultiplyAdd(Vector512.Load(row + 16), scale, b);
            c = Vector512.FusedMultiplyAdd(Vector512.Load(row + 32), scale, c);
            d = Vector512.FusedMultiplyAdd(Vector512.Load(row + 48), scale, d);
        }
        a.Store(sum);
        b.Store(sum + 16);
        c.Store(sum + 32);
        d.Store(sum + 48);
    }

    private static void Add32(float* values, int stride, int* rows, int count, float* scales, float* sum)
    {
        Vector512<float> a = Vector512.Load(sum), b = Vector512.Load(sum + 16);
        for (int i = 0; i < count; i++)
        {
            float* row = values + (nint)rows[i] * stride;
            var scale = Vector512.Create(scales[i]);
            a = Vector512.FusedMultiplyAdd(Vector512.Load(row), scale, a);
            b = Vector512.FusedMultiplyAdd(Vector512.Load(row + 16), scale, b);
        }
        a.Store(sum);
        b.Store(sum + 16);
    }

    private static void Add16(float* values, int stride, int* rows, int count, float* scales, float* sum)
    {
        var a = Vector512.Load(sum);
        for (int i = 0; i < count; i++)
        {
            a = Vector512.FusedMultiplyAdd(
                Vector512.Load(values + (nint)rows[i] * stride), Vector512.Create(scales[i]), a);
        }
        a.Store(sum);
    }
}
