using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ClusterGd.Core.Kernels;

/// <summary>Both passes on processors whose vectors are 8 floats long.</summary>
public static unsafe partial class DenseRowKernels
{
    /// <summary>
    /// Fetched at the end of a call: about what a core can wait for at once, so that memory works during the loss.
    /// </summary>
    private const int BytesAtEnd = 2048;

    /// <remarks>
    /// Rows one after the other in memory are brought fastest by the prefetcher of the hardware, if they are read in
    /// that order; hints in between slow it down. Shorter rows than 32 would be too much work between two of its lines.
    /// Rows here and there need a hint for each line, spread evenly over both passes.
    /// </remarks>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void DotsAndAdd256(
        float* values, int stride, ReadOnlySpan<int> rows, int* dotted, float* weights, float bias,
        float* outputs, int outputCount, int* added, float* scales, int addedCount, float* sum)
    {
        int ahead = BytesAhead / sizeof(float) / Math.Max(stride, 1), i = 0;
        bool isInOrder = outputCount > 0 && rows[^1] - rows[0] == rows.Length - 1;
        if (stride > (isInOrder ? NarrowStride / 2 : NarrowStride))
        {
            for (; i + 2 <= Math.Min(outputCount, addedCount); i += 2)
            {
                int* next = isInOrder ? null : dotted + Math.Min(i + ahead, rows.Length - 2);
                Weave256(values, stride, dotted + i, next, weights, bias, outputs + i, added + i, scales + i, sum);
            }
            if (isInOrder && outputCount < rows.Length)
            {
                byte* line = (byte*)(values + (nint)dotted[outputCount] * stride);
                for (int offset = 0; offset < BytesAtEnd; offset += 64) Memory.FetchOnce(line + offset);
            }
        }
        added += i;
        scales += i;
        addedCount -= i;
        for (; Avx.IsSupported && stride <= NarrowStride && i + HalfLanes <= outputCount; i += HalfLanes)
        {
            int* next = dotted + Math.Min(i + ahead, rows.Length - HalfLanes);
            EightDots(values, stride, dotted + i, next, weights, bias, addedCount == 0).Store(outputs + i);
        }
        for (; i < outputCount; i++)
        {
            float* next = values + (nint)dotted[Math.Min(i + ahead, rows.Length - 1)] * stride;
            outputs[i] = VectorKernels.HorizontalSum(
                Products(values + (nint)dotted[i] * stride, weights, stride, next)) + bias;
        }
        if (addedCount == 0) return;
        int* nextAdded = rows.Length < addedCount ? added : dotted + Math.Min(ahead, rows.Length - addedCount);
        Add256(values, stride, added, nextAdded, addedCount, scales, sum);
    }
}
