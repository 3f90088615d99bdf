using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ClusterGd.Core.Kernels;

namespace ClusterGd.Core.Aggregation;

/// <summary>
/// Sorts the same coordinate of n vectors, sixteen coordinates at a time, by a fixed network of minima and maxima: no
/// branch and no order that depends on the machine.
/// </summary>
internal static class CoordinateKernel
{
    /// <summary>
    /// Of each coordinate the mean without the <paramref name="drop"/> smallest and largest, in double precision from
    /// the smallest kept to the largest.
    /// </summary>
    /// <param name="vectors">Finite; more than 2·drop.</param>
    public static void TrimmedMean(IReadOnlyList<float[]> vectors, int drop, Span<float> result)
    {
        var sorted = new Vector512<float>[vectors.Count];
        var divisor = Vector512.Create((double)(vectors.Count - 2 * drop));
        for (int i = 0; i < result.Length; i += VectorKernels.Lanes)
        {
            int length = Math.Min(VectorKernels.Lanes, result.Length - i);
            for (int v = 0; v < sorted.Length; v++)
            {
                sorted[v] = length == VectorKernels.Lanes
                    ? Vector512.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(vectors[v]), (nuint)i)
                    : VectorKernels.LoadTail(vectors[v].AsSpan(i, length));
            }
            Sort(sorted);
            Vector512<double> low = default, high = default;
            for (int v = drop; v < sorted.Length - drop; v++)
            {
                var (a, b) = Vector512.Widen(sorted[v]);
                low += a;
                high += b;
            }
            VectorKernels.StoreTail(Vector512.Narrow(low / divisor, high / divisor), result.Slice(i, length));
        }
    }

    /// <summary>Merge exchange (Knuth, volume 3, algorithm M): any count, ascending.</summary>
    private static void Sort(Span<Vector512<float>> x)
    {
        int top = 1;
        while (top < x.Length) top <<= 1;
        for (int p = top >> 1; p > 0; p >>= 1)
        {
            int q = top >> 1, r = 0, d = p;
            while (true)
            {
                for (int i = 0; i < x.Length - d; i++)
                {
                    if ((i & p) != r) continue;
                    var (low, high) = (Vector512.Min(x[i], x[i + d]), Vector512.Max(x[i], x[i + d]));
                    (x[i], x[i + d]) = (low, high);
                }
                if (q == p) break;
                (d, q, r) = (q - p, q >> 1, p);
            }
        }
    }
}
