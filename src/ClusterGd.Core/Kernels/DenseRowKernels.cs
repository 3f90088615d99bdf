using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ClusterGd.Core.Kernels;

/// <summary>
/// The two passes of a linear model with one output over dense rows, in any order: rows are a multiple of 16 floats
/// wide, their padding zero. Twins of <see cref="ReferenceKernels.Dots"/> and
/// <see cref="ReferenceKernels.AddScaledRows"/>.
/// </summary>
public static unsafe class DenseRowKernels
{
    private const int Lanes = VectorKernels.Lanes;

    /// <summary>Fetched ahead: enough to hide memory's latency and the loss between two calls.</summary>
    private const int BytesAhead = 16384;

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
    /// cache, a few rows of the one and the other in turn: the second pass is done while the first waits for memory.
    /// </summary>
    public static void DotsAndAddScaledRows(
        ReadOnlySpan<float> values, int stride, ReadOnlySpan<int> rows, ReadOnlySpan<float> weights, float bias,
        Span<float> outputs, ReadOnlySpan<int> addedRows, ReadOnlySpan<float> scales, Span<float> sum)
    {
        Debug.Assert(stride % Lanes == 0 && rows.Length >= outputs.Length && addedRows.Length == scales.Length);
        Debug.Assert(outputs.IsEmpty || weights.Length >= stride);
        Debug.Assert(addedRows.IsEmpty || sum.Length >= stride);

        // Dots go row by row, since the prefetcher of the hardware follows one stream best. Short rows are added four
        // at a time, else each would wait for the last one's sums to be stored; for long ones turns should be short.
        int turn = stride <= 128 ? 4 : 1;
        int rowsAhead = Math.Max(1, BytesAhead / sizeof(float) / Math.Max(stride, 1));
        fixed (float* x = values, w = weights, g = sum)
        {
            for (int first = 0; first < Math.Max(outputs.Length, addedRows.Length); first += turn)
            {
                for (int i = first; i < Math.Min(first + turn, outputs.Length); i++)
                {
                    float* next = x + (nint)rows[Math.Min(i + rowsAhead, rows.Length - 1)] * stride;
                    outputs[i] = Dot(x + (nint)rows[i] * stride, w, stride, next) + bias;
                }
                int end = Math.Min(first + turn, addedRows.Length);
                if (end - first == 4)
                {
                    AddFour(x, stride, addedRows.Slice(first, 4), scales.Slice(first, 4), g);
                    continue;
                }
                for (int i = first; i < end; i++) AddOne(x + (nint)addedRows[i] * stride, stride, scales[i], g);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Dot(float* row, float* weights, int stride, float* next)
    {
        Vector512<float> sum = default;
        for (int j = 0; j < stride; j += Lanes)
        {
            Memory.FetchFar(next + j);
            sum = Vector512.FusedMultiplyAdd(Vector512.Load(row + j), Vector512.Load(weights + j), sum);
        }
        return VectorKernels.HorizontalSum(sum);
    }

    private static void AddOne(float* row, int stride, float scale, float* sum)
    {
        var scales = Vector512.Create(scale);
        for (int j = 0; j < stride; j += Lanes)
        {
            Vector512.FusedMultiplyAdd(Vector512.Load(row + j), scales, Vector512.Load(sum + j)).Store(sum + j);
        }
    }

    private static void AddFour(
        float* values, int stride, ReadOnlySpan<int> rows, ReadOnlySpan<float> scales, float* sum)
    {
        float* x0 = values + (nint)rows[0] * stride, x1 = values + (nint)rows[1] * stride;
        float* x2 = values + (nint)rows[2] * stride, x3 = values + (nint)rows[3] * stride;
        Vector512<float> s0 = Vector512.Create(scales[0]), s1 = Vector512.Create(scales[1]);
        Vector512<float> s2 = Vector512.Create(scales[2]), s3 = Vector512.Create(scales[3]);
        for (int j = 0; j < stride; j += Lanes)
        {
            var chain = Vector512.FusedMultiplyAdd(Vector512.Load(x0 + j), s0, Vector512.Load(sum + j));
            chain = Vector512.FusedMultiplyAdd(Vector512.Load(x1 + j), s1, chain);
            chain = Vector512.FusedMultiplyAdd(Vector512.Load(x2 + j), s2, chain);
            Vector512.FusedMultiplyAdd(Vector512.Load(x3 + j), s3, chain).Store(sum + j);
        }
    }
}
