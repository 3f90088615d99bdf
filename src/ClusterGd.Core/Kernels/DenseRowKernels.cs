using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ClusterGd.Core.Kernels;

/// <summary>
/// The two passes of a linear model with one output over dense rows, in any order: rows are a multiple of 16 floats
/// wide, their padding zero. Twins of <see cref="ReferenceKernels.Dots"/> and
/// <see cref="ReferenceKernels.AddScaledRows"/>.
/// </summary>
/// <remarks>
/// Both passes together read a row from memory once, if the caller takes so few rows that they stay in the cache from
/// the first to the second. Permuted rows are beyond the hardware's prefetcher, hence the explicit one.
/// </remarks>
public static unsafe class DenseRowKernels
{
    private const int Lanes = VectorKernels.Lanes;

    /// <summary>Fetched ahead: enough to cover the latency of memory, little enough for the L1 cache.</summary>
    private const int BytesAhead = 8192;

    /// <summary>outputs[i] ← row(rows[i])·weights + bias, in the order of <see cref="VectorKernels.Dot"/>.</summary>
    /// <param name="values">Row-major with <paramref name="stride"/> floats a row.</param>
    /// <param name="rows">
    /// Row numbers; the first <c>outputs.Length</c> are computed, those after them are fetched into the cache.
    /// </param>
    /// <param name="weights">At least <paramref name="stride"/> floats, zero beyond the features.</param>
    public static void Dots(
        ReadOnlySpan<float> values, int stride, ReadOnlySpan<int> rows, ReadOnlySpan<float> weights, float bias,
        Span<float> outputs)
    {
        Debug.Assert(stride % Lanes == 0 && weights.Length >= stride && rows.Length >= outputs.Length);
        int rowsAhead = Math.Max(4, BytesAhead / sizeof(float) / Math.Max(stride, 1));
        int count = outputs.Length, last = rows.Length - 1, i = 0;
        fixed (float* x = values, w = weights)
        fixed (int* r = rows)
        {
            for (; i + 4 <= count; i += 4)
            {
                float* x0 = x + (nint)r[i] * stride, x1 = x + (nint)r[i + 1] * stride;
                float* x2 = x + (nint)r[i + 2] * stride, x3 = x + (nint)r[i + 3] * stride;
                int ahead = i + rowsAhead;
                float* f0 = x + (nint)r[Math.Min(ahead, last)] * stride;
                float* f1 = x + (nint)r[Math.Min(ahead + 1, last)] * stride;
                float* f2 = x + (nint)r[Math.Min(ahead + 2, last)] * stride;
                float* f3 = x + (nint)r[Math.Min(ahead + 3, last)] * stride;
                Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default;
                for (int j = 0; j < stride; j += Lanes)
                {
                    Fetch(f0 + j);
                    Fetch(f1 + j);
                    Fetch(f2 + j);
                    Fetch(f3 + j);
                    var weight = Vector512.Load(w + j);
                    a0 = Vector512.FusedMultiplyAdd(Vector512.Load(x0 + j), weight, a0);
                    a1 = Vector512.FusedMultiplyAdd(Vector512.Load(x1 + j), weight, a1);
                    a2 = Vector512.FusedMultiplyAdd(Vector512.Load(x2 + j), weight, a2);
                    a3 = Vector512.FusedMultiplyAdd(Vector512.Load(x3 + j), weight, a3);
                }
                outputs[i] = VectorKernels.HorizontalSum(a0) + bias;
                outputs[i + 1] = VectorKernels.HorizontalSum(a1) + bias;
                outputs[i + 2] = VectorKernels.HorizontalSum(a2) + bias;
                outputs[i + 3] = VectorKernels.HorizontalSum(a3) + bias;
            }
            for (; i < count; i++)
            {
                float* row = x + (nint)r[i] * stride;
                Vector512<float> sum = default;
                for (int j = 0; j < stride; j += Lanes)
                {
                    sum = Vector512.FusedMultiplyAdd(Vector512.Load(row + j), Vector512.Load(w + j), sum);
                }
                outputs[i] = VectorKernels.HorizontalSum(sum) + bias;
            }
        }
    }

    /// <summary>
    /// sum ← sum + Σ scales[i]·row(rows[i]): every element one chain of fused multiply-adds in the order given.
    /// </summary>
    /// <param name="rows">As many as <paramref name="scales"/>.</param>
    /// <param name="sum">At least <paramref name="stride"/> floats.</param>
    public static void AddScaledRows(
        ReadOnlySpan<float> values, int stride, ReadOnlySpan<int> rows, ReadOnlySpan<float> scales, Span<float> sum)
    {
        Debug.Assert(stride % Lanes == 0 && sum.Length >= stride && rows.Length == scales.Length);
        int i = 0;
        fixed (float* x = values, s = scales, g = sum)
        fixed (int* r = rows)
        {
            for (; i + 8 <= rows.Length; i += 8)
            {
                float* x0 = x + (nint)r[i] * stride, x1 = x + (nint)r[i + 1] * stride;
                float* x2 = x + (nint)r[i + 2] * stride, x3 = x + (nint)r[i + 3] * stride;
                float* x4 = x + (nint)r[i + 4] * stride, x5 = x + (nint)r[i + 5] * stride;
                float* x6 = x + (nint)r[i + 6] * stride, x7 = x + (nint)r[i + 7] * stride;
                var s0 = Vector512.Create(s[i]);
                var s1 = Vector512.Create(s[i + 1]);
                var s2 = Vector512.Create(s[i + 2]);
                var s3 = Vector512.Create(s[i + 3]);
                var s4 = Vector512.Create(s[i + 4]);
                var s5 = Vector512.Create(s[i + 5]);
                var s6 = Vector512.Create(s[i + 6]);
                var s7 = Vector512.Create(s[i + 7]);
                for (int j = 0; j < stride; j += Lanes)
                {
                    var chain = Vector512.FusedMultiplyAdd(Vector512.Load(x0 + j), s0, Vector512.Load(g + j));
                    chain = Vector512.FusedMultiplyAdd(Vector512.Load(x1 + j), s1, chain);
                    chain = Vector512.FusedMultiplyAdd(Vector512.Load(x2 + j), s2, chain);
                    chain = Vector512.FusedMultiplyAdd(Vector512.Load(x3 + j), s3, chain);
                    chain = Vector512.FusedMultiplyAdd(Vector512.Load(x4 + j), s4, chain);
                    chain = Vector512.FusedMultiplyAdd(Vector512.Load(x5 + j), s5, chain);
                    chain = Vector512.FusedMultiplyAdd(Vector512.Load(x6 + j), s6, chain);
                    chain = Vector512.FusedMultiplyAdd(Vector512.Load(x7 + j), s7, chain);
                    chain.Store(g + j);
                }
            }
            for (; i < rows.Length; i++)
            {
                float* row = x + (nint)r[i] * stride;
                var scale = Vector512.Create(s[i]);
                for (int j = 0; j < stride; j += Lanes)
                {
                    Vector512.FusedMultiplyAdd(Vector512.Load(row + j), scale, Vector512.Load(g + j)).Store(g + j);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch(void* address)
    {
        if (Sse.IsSupported) Sse.Prefetch0(address);
    }
}
