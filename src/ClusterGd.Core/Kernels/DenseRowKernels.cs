using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ClusterGd.Core.Kernels;

/// <summary>
/// The two passes of a linear model with one output over dense rows, in any order: rows are a multiple of 16 floats
/// wide, their padding zero. Twins of <see cref="ReferenceKernels.Dots"/> and
/// <see cref="ReferenceKernels.AddScaledRows"/>.
/// </summary>
public static unsafe partial class DenseRowKernels
{
    private const int Lanes = VectorKernels.Lanes, HalfLanes = Lanes / 2;

    /// <summary>Fetched ahead: what memory delivers in its latency and during the loss between two calls.</summary>
    private const int BytesAhead = 12288;

    /// <summary>Up to here rows are so short that the passes are taken one after the other.</summary>
    private const int NarrowStride = 64;

    /// <summary>
    /// How many rows to take in one call of <see cref="DotsAndAddScaledRows"/>: those of the call, the call before and
    /// the ones fetched ahead must lie in the first-level cache together, else the second pass reads from the second.
    /// </summary>
    /// <returns>A power of two in 2 … 64.</returns>
    public static int ChunkRows(int stride)
    {
        int bytes = stride <= NarrowStride ? 4096 : 8192;
        int rows = Math.Clamp(bytes / sizeof(float) / Math.Max(stride, 1), 2, 64);
        return 1 << System.Numerics.BitOperations.Log2((uint)rows);
    }

    /// <summary>outputs[i] ← row(rows[i])·weights + bias, in the order of <see cref="VectorKernels.Dot"/>.</summary>
    /// <param name="values">Row-major with <paramref name="stride"/> floats a row.</param>
    /// <param name="rows">
    /// Row numbers; the first <c>outputs.Length</c> are computed, those after them are fetched into the cache.
    /// </param>
    /// <param name="weights">At least <paramref name="stride"/> floats, zero beyond the features.</param>
    public static void Dots(
        ReadOnlySpan<float> values, int stride, ReadOnlySpan<int> rows, ReadOnlySpan<float> weights, float bias,
        Span<float> outputs) =>
        DotsAndAddScaledRows(values, stride, rows, weights, bias, outputs, [], [], []);

    /// <summary>
    /// sum ← sum + Σ scales[i]·row(rows[i]): every element one chain of fused multiply-adds in the order given.
    /// </summary>
    /// <param name="rows">As many as <paramref name="scales"/>.</param>
    /// <param name="sum">At least <paramref name="stride"/> floats.</param>
    public static void AddScaledRows(
        ReadOnlySpan<float> values, int stride, ReadOnlySpan<int> rows, ReadOnlySpan<float> scales, Span<float> sum) =>
        DotsAndAddScaledRows(values, stride, [], [], 0, [], rows, scales, sum);

    /// <summary>
    /// <see cref="Dots"/> for some rows and <see cref="AddScaledRows"/> for others, which should still be in the
    /// cache: the second pass is done while the first waits for memory.
    /// </summary>
    public static void DotsAndAddScaledRows(
        ReadOnlySpan<float> values, int stride, ReadOnlySpan<int> rows, ReadOnlySpan<float> weights, float bias,
        Span<float> outputs, ReadOnlySpan<int> addedRows, ReadOnlySpan<float> scales, Span<float> sum)
    {
        Debug.Assert(stride % Lanes == 0 && rows.Length >= outputs.Length && addedRows.Length == scales.Length);
        Debug.Assert(outputs.IsEmpty || weights.Length >= stride);
        Debug.Assert(addedRows.IsEmpty || sum.Length >= stride);
        int ahead = BytesAhead / sizeof(float) / Math.Max(stride, 1), i = 0;
        fixed (float* x = values, w = weights, o = outputs, s = scales, g = sum)
        fixed (int* dotted = rows, added = addedRows)
        {
            if (!Vector512.IsHardwareAccelerated)
            {
                DotsAndAdd256(
                    x, stride, rows, dotted, w, bias, o, outputs.Length, added, s, addedRows.Length, g);
                return;
            }
            if (stride > NarrowStride)
            {
                for (; i + 2 <= Math.Min(outputs.Length, addedRows.Length); i += 2)
                {
                    int* next = dotted + Math.Min(i + ahead, rows.Length - 2);
                    Weave(x, stride, dotted + i, next, w, bias, o + i, added + i, s + i, g);
                }
            }
            int woven = i;
            if (stride <= NarrowStride && System.Runtime.Intrinsics.X86.Avx512F.IsSupported)
            {
                for (; i + Lanes <= outputs.Length; i += Lanes)
                {
                    int* next = dotted + Math.Min(i + ahead, rows.Length - Lanes);
                    SixteenDots(x, stride, dotted + i, next, w, bias).Store(o + i);
                }
            }
            for (; i < outputs.Length; i++)
            {
                float* next = x + (nint)dotted[Math.Min(i + ahead, rows.Length - 1)] * stride;
                o[i] = VectorKernels.HorizontalSum(Products(x + (nint)dotted[i] * stride, w, stride, next)) + bias;
            }

            // Last, since the scales come from the loss just computed, and the dots need not wait for it.
            Add(x, stride, added + woven, addedRows.Length - woven, s + woven, g);
        }
    }

    /// <summary>The 16 lanes of row·weights, before their fold.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Products(float* row, float* weights, int stride, float* next)
    {
        Vector512<float> lanes = default;
        for (int j = 0; j < stride; j += Lanes)
        {
            Memory.FetchOnce(next + j);
            lanes = Vector512.FusedMultiplyAdd(Vector512.Load(row + j), Vector512.Load(weights + j), lanes);
        }
        return lanes;
    }
}
