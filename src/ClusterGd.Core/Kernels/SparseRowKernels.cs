using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ClusterGd.Core.Kernels;

/// <summary>
/// The two passes of a linear model over one sparse row: columns distinct, each below the length of the dense vector.
/// Twins of <see cref="ReferenceKernels.SparseDot"/> and <see cref="ReferenceKernels.SparseAddScaled"/>.
/// </summary>
/// <remarks>Never inlined: in the loop over rows there are no registers left for them.</remarks>
public static class SparseRowKernels
{
    /// <summary>
    /// Σ values[k]·dense[columns[k]] in four lanes of fused multiply-adds, k in lane k mod 4, added (0+2)+(1+3).
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static float Dot(ReadOnlySpan<int> columns, ReadOnlySpan<float> values, ReadOnlySpan<float> dense)
    {
        values = values[..columns.Length];
        float s0 = 0, s1 = 0, s2 = 0, s3 = 0;
        int k = 0;
        for (; k + 4 <= columns.Length; k += 4)
        {
            s0 = MathF.FusedMultiplyAdd(values[k], dense[columns[k]], s0);
            s1 = MathF.FusedMultiplyAdd(values[k + 1], dense[columns[k + 1]], s1);
            s2 = MathF.FusedMultiplyAdd(values[k + 2], dense[columns[k + 2]], s2);
            s3 = MathF.FusedMultiplyAdd(values[k + 3], dense[columns[k + 3]], s3);
        }
        if (k < columns.Length) s0 = MathF.FusedMultiplyAdd(values[k], dense[columns[k]], s0);
        if (++k < columns.Length) s1 = MathF.FusedMultiplyAdd(values[k], dense[columns[k]], s1);
        if (++k < columns.Length) s2 = MathF.FusedMultiplyAdd(values[k], dense[columns[k]], s2);
        return (s0 + s2) + (s1 + s3);
    }

    /// <summary>dense[columns[k]] ← scale·values[k] + dense[columns[k]], fused.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void AddScaled(
        float scale, ReadOnlySpan<int> columns, ReadOnlySpan<float> values, Span<float> dense)
    {
        values = values[..columns.Length];
        ref int column = ref MemoryMarshal.GetReference(columns);
        ref float value = ref MemoryMarshal.GetReference(values);
        for (nint k = 0; k < columns.Length; k++)
        {
            ref float element = ref dense[Unsafe.Add(ref column, k)];
            element = MathF.FusedMultiplyAdd(scale, Unsafe.Add(ref value, k), element);
        }
    }
}
