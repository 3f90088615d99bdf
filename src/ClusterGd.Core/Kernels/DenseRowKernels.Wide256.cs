using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ClusterGd.Core.Kernels;

/// <summary>Long rows on processors whose vectors are 8 floats long.</summary>
public static unsafe partial class DenseRowKernels
{
    /// <summary>
    /// The plan of its twin for longer vectors, with fewer instructions between two loads from memory: how far the
    /// processor looks ahead is counted in instructions.
    /// </summary>
    /// <param name="next">Two rows to fetch into the cache, or null.</param>
    private static void Weave256(
        float* values, nint stride, int* dotted, int* next, float* weights, float bias, float* outputs,
        int* added, float* scales, float* sum)
    {
        float* u = values + added[0] * stride, v = values + added[1] * stride;
        Vector256<float> scaleU = Vector256.Create(scales[0]), scaleV = Vector256.Create(scales[1]);
        for (nint i = 0; i < 2; i++)
        {
            float* row = values + dotted[i] * stride, ahead = next == null ? null : values + next[i] * stride;
            Vector256<float> lanes0 = default, lanes1 = default;
            nint j = 0;
            for (; j + 32 <= stride; j += 32)
            {
                if (ahead != null)
                {
                    Memory.FetchOnce(ahead + j);
                    Memory.FetchOnce(ahead + j + Lanes);
                }
                Multiply(row + j, weights + j, ref lanes0, ref lanes1);
                Multiply(row + j + Lanes, weights + j + Lanes, ref lanes0, ref lanes1);
                AddPair(u, v, scaleU, scaleV, sum);
                AddPair(u + 8, v + 8, scaleU, scaleV, sum + 8);
                u += Lanes;
                v += Lanes;
                sum += Lanes;
            }
            if (j < stride) Multiply(row + j, weights + j, ref lanes0, ref lanes1);
            outputs[i] = VectorKernels.HorizontalSum(Vector512.Create(lanes0, lanes1)) + bias;
        }
        if ((stride & Lanes) != 0)
        {
            AddPair(u, v, scaleU, scaleV, sum);
            AddPair(u + 8, v + 8, scaleU, scaleV, sum + 8);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Multiply(float* x, float* weights, ref Vector256<float> lanes0, ref Vector256<float> lanes1)
    {
        lanes0 = Vector256.FusedMultiplyAdd(Vector256.Load(x), Vector256.Load(weights), lanes0);
        lanes1 = Vector256.FusedMultiplyAdd(Vector256.Load(x + 8), Vector256.Load(weights + 8), lanes1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddPair(float* x0, float* x1, Vector256<float> s0, Vector256<float> s1, float* sum)
    {
        var first = Vector256.FusedMultiplyAdd(Vector256.Load(x0), s0, Vector256.Load(sum));
        Vector256.FusedMultiplyAdd(Vector256.Load(x1), s1, first).Store(sum);
    }
}
