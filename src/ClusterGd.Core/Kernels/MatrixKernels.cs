namespace ClusterGd.Core.Kernels;

/// <summary>
/// Matrix products with one order over k whatever the tiling or the instruction set: every element of the result is
/// one chain of fused multiply-adds, k ascending. Matrices are row-major; a stride is the floats between two rows.
/// One instance per thread: it owns the packing buffers and allocates nothing after they have grown.
/// </summary>
public sealed class MatrixKernels
{
    /// <summary>C[m×n] = op(A)[m×k]·op(B)[k×n], plus C where <paramref name="accumulate"/>.</summary>
    /// <param name="transposeA">A is stored k×m.</param>
    /// <param name="transposeB">B is stored n×k.</param>
    public void Multiply(
        bool transposeA, bool transposeB, int m, int n, int k,
        ReadOnlySpan<float> a, int strideA, ReadOnlySpan<float> b, int strideB, Span<float> c, int strideC, bool accumulate) =>
        ReferenceKernels.Multiply(transposeA, transposeB, m, n, k, a, strideA, b, strideB, c, strideC, accumulate);
}
