using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ClusterGd.Core.Kernels;

/// <summary>Short rows on processors whose vectors are 8 floats long: 8 dots are folded at once.</summary>
public static unsafe partial class DenseRowKernels
{
    /// <summary>The additions of <c>VectorKernels.HorizontalSum</c>, for 8 rows side by side.</summary>
    /// <param name="fetchesAll">Whether no <see cref="Add256"/> follows that fetches every other line.</param>
    private static Vector256<float> EightDots(
        float* values, int stride, int* rows, int* next, float* weights, float bias, bool fetchesAll)
    {
        int mask = fetchesAll ? 0 : Lanes;

        // Quarter sums: four lanes of rows i and i + 4.
        var a = TwoDots(values, stride, rows, next, weights, mask).AsDouble();
        var b = TwoDots(values, stride, rows + 1, next + 1, weights, mask).AsDouble();
        var c = TwoDots(values, stride, rows + 2, next + 2, weights, mask).AsDouble();
        var d = TwoDots(values, stride, rows + 3, next + 3, weights, mask).AsDouble();

        // Lanes 0 + 2 and 1 + 3 of each row, then these two; the halves have rows 0–3 and 4–7.
        var ab = Avx.UnpackLow(a, b).AsSingle() + Avx.UnpackHigh(a, b).AsSingle();
        var cd = Avx.UnpackLow(c, d).AsSingle() + Avx.UnpackHigh(c, d).AsSingle();
        var dots = Avx.Shuffle(ab, cd, 0b10_00_10_00) + Avx.Shuffle(ab, cd, 0b11_01_11_01);
        return dots + Vector256.Create(bias);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> TwoDots(
        float* values, int stride, int* rows, int* next, float* weights, int skippedLines)
    {
        float* x = values + (nint)rows[0] * stride, y = values + (nint)rows[4] * stride;
        float* nextX = values + (nint)next[0] * stride, nextY = values + (nint)next[4] * stride;
        Vector256<float> x0 = default, x1 = default, y0 = default, y1 = default;
        for (nint j = 0; j < stride; j += Lanes)
        {
            if ((j & skippedLines) == 0)
            {
                Memory.FetchOnce(nextX + j);
                Memory.FetchOnce(nextY + j);
            }
            Vector256<float> w0 = Vector256.Load(weights + j), w1 = Vector256.Load(weights + j + HalfLanes);
            x0 = Vector256.FusedMultiplyAdd(Vector256.Load(x + j), w0, x0);
            x1 = Vector256.FusedMultiplyAdd(Vector256.Load(x + j + HalfLanes), w1, x1);
            y0 = Vector256.FusedMultiplyAdd(Vector256.Load(y + j), w0, y0);
            y1 = Vector256.FusedMultiplyAdd(Vector256.Load(y + j + HalfLanes), w1, y1);
        }

        // Lanes 0–7 + 8–15 of either row, then 0–3 + 4–7 of both.
        x0 += x1;
        y0 += y1;
        return Avx.Permute2x128(x0, y0, 0x20) + Avx.Permute2x128(x0, y0, 0x31);
    }

    /// <summary>
    /// Columns in turn: their sums stay in registers over all rows. Fetches every other line of the next rows, so that
    /// memory is at work in this pass too.
    /// </summary>
    private static void Add256(
        float* values, int stride, int* rows, int* next, int count, float* scales, float* sum)
    {
        int j = 0;
        for (; j + 32 <= stride; j += 32) Add32(values + j, stride, rows, next, count, scales, sum + j);
        if (j < stride) Add16(values + j, stride, rows, next, count, scales, sum + j);
    }

    private static void Add32(
        float* values, nint stride, int* rows, int* next, int count, float* scales, float* sum)
    {
        Vector256<float> a = Vector256.Load(sum), b = Vector256.Load(sum + 8);
        Vector256<float> c = Vector256.Load(sum + 16), d = Vector256.Load(sum + 24);
        for (nint i = 0; i < count; i++)
        {
            float* row = values + rows[i] * stride;
            Memory.FetchOnce(values + next[i] * stride + Lanes);
            var scale = Vector256.Create(scales[i]);
            a = Vector256.FusedMultiplyAdd(Vector256.Load(row), scale, a);
            b = Vector256.FusedMultiplyAdd(Vector256.Load(row + 8), scale, b);
            c = Vector256.FusedMultiplyAdd(Vector256.Load(row + 16), scale, c);
            d = Vector256.FusedMultiplyAdd(Vector256.Load(row + 24), scale, d);
        }
        a.Store(sum);
        b.Store(sum + 8);
        c.Store(sum + 16);
        d.Store(sum + 24);
    }

    private static void Add16(
        float* values, nint stride, int* rows, int* next, int count, float* scales, float* sum)
    {
        Vector256<float> a = Vector256.Load(sum), b = Vector256.Load(sum + 8);
        for (nint i = 0; i < count; i++)
        {
            float* row = values + rows[i] * stride;
            var scale = Vector256.Create(scales[i]);
            a = Vector256.FusedMultiplyAdd(Vector256.Load(row), scale, a);
            b = Vector256.FusedMultiplyAdd(Vector256.Load(row + 8), scale, b);
        }
        a.Store(sum);
        b.Store(sum + 8);
    }
}
