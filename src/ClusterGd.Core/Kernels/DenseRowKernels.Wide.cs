using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ClusterGd.Core.Kernels;

/// <summary>Long rows: the dots of two rows, which come from memory, and in between the addition of two.</summary>
public static unsafe partial class DenseRowKernels
{
    /// <remarks>
    /// Each dotted row is read from end to end, since the prefetcher of the hardware follows one stream best. For four
    /// vectors of it, two vectors of both added rows are done, so the second row ends as the additions do.
    /// </remarks>
    private static void Weave(
        float* values, int stride, int* dotted, int* next, float* weights, float bias, float* outputs,
        int* added, float* scales, float* sum)
    {
        float* x0 = values + (nint)added[0] * stride, x1 = values + (nint)added[1] * stride;
        Vector512<float> s0 = Vector512.Create(scales[0]), s1 = Vector512.Create(scales[1]);
        int column = 0;
        for (int i = 0; i < 2; i++)
        {
            float* row = values + (nint)dotted[i] * stride, ahead = values + (nint)next[i] * stride;
            Vector512<float> lanes = default;
            int j = 0;
            for (; j + 64 <= stride; j += 64)
            {
                Multiply(row + j, weights + j, ahead + j, ref lanes);
                Multiply(row + j + 16, weights + j + 16, ahead + j + 16, ref lanes);
                Multiply(row + j + 32, weights + j + 32, ahead + j + 32, ref lanes);
                Multiply(row + j + 48, weights + j + 48, ahead + j + 48, ref lanes);
                AddPair(x0 + column, x1 + column, s0, s1, sum + column);
                AddPair(x0 + column + 16, x1 + column + 16, s0, s1, sum + column + 16);
                column += 32;
            }
            for (; j < stride; j += Lanes) Multiply(row + j, weights + j, ahead + j, ref lanes);
            outputs[i] = VectorKernels.HorizontalSum(lanes) + bias;
        }
        for (; column < stride; column += Lanes) AddPair(x0 + column, x1 + column, s0, s1, sum + column);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Multiply(float* x, float* weights, float* ahead, ref Vector512<float> lanes)
    {
        Memory.FetchOnce(ahead);
        lanes = Vector512.FusedMultiplyAdd(Vector512.Load(x), Vector512.Load(weights), lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddPair(float* x0, float* x1, Vector512<float> s0, Vector512<float> s1, float* sum)
    {
        var first = Vector512.FusedMultiplyAdd(Vector512.Load(x0), s0, Vector512.Load(sum));
        Vector512.FusedMultiplyAdd(Vector512.Load(x1), s1, first).Store(sum);
    }
}
