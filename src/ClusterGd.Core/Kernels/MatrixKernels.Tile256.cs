using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ClusterGd.Core.Kernels;

public sealed partial class MatrixKernels
{
    /// <summary>Computes a tile in strips of one vector of 16 lanes, held as two halves.</summary>
    private static unsafe void Compute256(int rows, int columns, Tile tile)
    {
        for (int j = 0; j < columns; j += Lanes, tile.B += Lanes, tile.C += Lanes)
        {
            switch (rows)
            {
                case 6: Compute256<Six>(tile); break;
                case 4: Compute256<Four>(tile); break;
                case 2: Compute256<Two>(tile); break;
                default: Compute256<One>(tile); break;
            }
        }
    }

    /// <summary>C[TRows × 16] (+)= A·B: 12 accumulators, two vectors of B and a scalar of A of 16 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Compute256<TRows>(in Tile tile)
        where TRows : struct, ICount
    {
        var zero = Vector256<float>.Zero;
        Vector256<float> c00 = zero, c01 = zero, c10 = zero, c11 = zero;
        Vector256<float> c20 = zero, c21 = zero, c30 = zero, c31 = zero;
        Vector256<float> c40 = zero, c41 = zero, c50 = zero, c51 = zero;
        float* c = tile.C;
        nint strideC = tile.StrideC;
        if (tile.IsAccumulated)
        {
            Load(c, out c00, out c01);
            if (TRows.Count > 1) Load(c + strideC, out c10, out c11);
            if (TRows.Count > 2) Load(c + 2 * strideC, out c20, out c21);
            if (TRows.Count > 3) Load(c + 3 * strideC, out c30, out c31);
            if (TRows.Count > 4) Load(c + 4 * strideC, out c40, out c41);
            if (TRows.Count > 5) Load(c + 5 * strideC, out c50, out c51);
        }
        nint rowStride = tile.A.RowStride, step = tile.A.ColumnStride, strideB = tile.StrideB;
        float* a0 = tile.A.Start, a3 = a0 + 3 * rowStride, b = tile.B;
        for (int p = tile.Depth; p > 0; p--)
        {
            var b0 = Vector256.Load(b);
            var b1 = Vector256.Load(b + Lanes / 2);
            Add(a0[0], b0, b1, ref c00, ref c01);
            if (TRows.Count > 1) Add(a0[rowStride], b0, b1, ref c10, ref c11);
            if (TRows.Count > 2) Add(a0[2 * rowStride], b0, b1, ref c20, ref c21);
            if (TRows.Count > 3) Add(a3[0], b0, b1, ref c30, ref c31);
            if (TRows.Count > 4) Add(a3[rowStride], b0, b1, ref c40, ref c41);
            if (TRows.Count > 5) Add(a3[2 * rowStride], b0, b1, ref c50, ref c51);
            a0 += step;
            a3 += step;
            b += strideB;
        }
        Store(c, c00, c01);
        if (TRows.Count > 1) Store(c + strideC, c10, c11);
        if (TRows.Count > 2) Store(c + 2 * strideC, c20, c21);
        if (TRows.Count > 3) Store(c + 3 * strideC, c30, c31);
        if (TRows.Count > 4) Store(c + 4 * strideC, c40, c41);
        if (TRows.Count > 5) Store(c + 5 * strideC, c50, c51);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(
        float a, Vector256<float> b0, Vector256<float> b1, ref Vector256<float> c0, ref Vector256<float> c1)
    {
        var scale = Vector256.Create(a);
        c0 = Vector256.FusedMultiplyAdd(scale, b0, c0);
        c1 = Vector256.FusedMultiplyAdd(scale, b1, c1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Load(float* c, out Vector256<float> c0, out Vector256<float> c1)
    {
        c0 = Vector256.Load(c);
        c1 = Vector256.Load(c + Lanes / 2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Store(float* c, Vector256<float> c0, Vector256<float> c1)
    {
        c0.Store(c);
        c1.Store(c + Lanes / 2);
    }
}
