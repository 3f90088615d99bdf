using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ClusterGd.Core.Kernels;

public sealed partial class MatrixKernels
{
    // 24 accumulators, two vectors of B and a scalar of A fill the 32 vector registers of AVX-512 and SVE; the 16 of
    // AVX2 and NEON's 32 quarters hold a smaller tile (MatrixKernels.Tile256.cs) without spilling.
    private const int TileRowsMax = 12;

    /// <summary>Rows of the next tile: the tallest that fits, so that no row is computed in vain.</summary>
    private static int TileRows(int rowsLeft) => Vector512.IsHardwareAccelerated
        ? rowsLeft >= 12 ? 12 : rowsLeft >= 8 ? 8 : rowsLeft >= 4 ? 4 : rowsLeft >= 2 ? 2 : 1
        : rowsLeft >= 6 ? 6 : rowsLeft >= 4 ? 4 : rowsLeft >= 2 ? 2 : 1;

    private static void Compute(int rows, int columns, in Tile tile)
    {
        if (!Vector512.IsHardwareAccelerated) Compute256(rows, columns, tile);
        else if (columns == PanelColumns) ComputeRows<Two>(rows, tile);
        else ComputeRows<One>(rows, tile);
    }

    private static void ComputeRows<TVectors>(int rows, in Tile tile)
        where TVectors : struct, ICount
    {
        switch (rows)
        {
            case 12: Compute512<Twelve, TVectors>(tile); break;
            case 8: Compute512<Eight, TVectors>(tile); break;
            case 4: Compute512<Four, TVectors>(tile); break;
            case 2: Compute512<Two, TVectors>(tile); break;
            default: Compute512<One, TVectors>(tile); break;
        }
    }


    /// <summary>
    /// C[TRows × 16·TVectors] (+)= A·B with all of C in registers. The counts are constants to the compiler, which
    /// drops the rows and vectors that a smaller tile has not.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Compute512<TRows, TVectors>(in Tile tile)
        where TRows : struct, ICount
        where TVectors : struct, ICount
    {
        var zero = Vector512<float>.Zero;
        Vector512<float> c00 = zero, c01 = zero, c10 = zero, c11 = zero;
        Vector512<float> c20 = zero, c21 = zero, c30 = zero, c31 = zero;
        Vector512<float> c40 = zero, c41 = zero, c50 = zero, c51 = zero;
        Vector512<float> c60 = zero, c61 = zero, c70 = zero, c71 = zero;
        Vector512<float> c80 = zero, c81 = zero, c90 = zero, c91 = zero;
        Vector512<float> ca0 = zero, ca1 = zero, cb0 = zero, cb1 = zero;
        float* c = tile.C;
        nint strideC = tile.StrideC;
        if (tile.IsAccumulated)
        {
            Load<TVectors>(c, ref c00, ref c01);
            if (TRows.Count > 1) Load<TVectors>(c + strideC, ref c10, ref c11);
            if (TRows.Count > 2) Load<TVectors>(c + 2 * strideC, ref c20, ref c21);
            if (TRows.Count > 3) Load<TVectors>(c + 3 * strideC, ref c30, ref c31);
            if (TRows.Count > 4) Load<TVectors>(c + 4 * strideC, ref c40, ref c41);
            if (TRows.Count > 5) Load<TVectors>(c + 5 * strideC, ref c50, ref c51);
            if (TRows.Count > 6) Load<TVectors>(c + 6 * strideC, ref c60, ref c61);
            if (TRows.Count > 7) Load<TVectors>(c + 7 * strideC, ref c70, ref c71);
            if (TRows.Count > 8) Load<TVectors>(c + 8 * strideC, ref c80, ref c81);
            if (TRows.Count > 9) Load<TVectors>(c + 9 * strideC, ref c90, ref c91);
            if (TRows.Count > 10) Load<TVectors>(c + 10 * strideC, ref ca0, ref ca1);
            if (TRows.Count > 11) Load<TVectors>(c + 11 * strideC, ref cb0, ref cb1);
        }
        nint rowStride = tile.A.RowStride, step = tile.A.ColumnStride, strideB = tile.StrideB;
        float* a0 = tile.A.Start, a3 = a0 + 3 * rowStride, a6 = a3 + 3 * rowStride, a9 = a6 + 3 * rowStride, b = tile.B;
        for (int p = tile.Depth; p > 0; p--)
        {
            var b0 = Vector512.Load(b);
            var b1 = TVectors.Count > 1 ? Vector512.Load(b + Lanes) : zero;
            Add<TVectors>(a0[0], b0, b1, ref c00, ref c01);
            if (TRows.Count > 1) Add<TVectors>(a0[rowStride], b0, b1, ref c10, ref c11);
            if (TRows.Count > 2) Add<TVectors>(a0[2 * rowStride], b0, b1, ref c20, ref c21);
            if (TRows.Count > 3) Add<TVectors>(a3[0], b0, b1, ref c30, ref c31);
            if (TRows.Count > 4) Add<TVectors>(a3[rowStride], b0, b1, ref c40, ref c41);
            if (TRows.Count > 5) Add<TVectors>(a3[2 * rowStride], b0, b1, ref c50, ref c51);
            if (TRows.Count > 6) Add<TVectors>(a6[0], b0, b1, ref c60, ref c61);
            if (TRows.Count > 7) Add<TVectors>(a6[rowStride], b0, b1, ref c70, ref c71);
            if (TRows.Count > 8) Add<TVectors>(a6[2 * rowStride], b0, b1, ref c80, ref c81);
            if (TRows.Count > 9) Add<TVectors>(a9[0], b0, b1, ref c90, ref c91);
            if (TRows.Count > 10) Add<TVectors>(a9[rowStride], b0, b1, ref ca0, ref ca1);
            if (TRows.Count > 11) Add<TVectors>(a9[2 * rowStride], b0, b1, ref cb0, ref cb1);
            a0 += step;
            a3 += step;
            a6 += step;
            a9 += step;
            b += strideB;
        }
        Store<TVectors>(c, c00, c01);
        if (TRows.Count > 1) Store<TVectors>(c + strideC, c10, c11);
        if (TRows.Count > 2) Store<TVectors>(c + 2 * strideC, c20, c21);
        if (TRows.Count > 3) Store<TVectors>(c + 3 * strideC, c30, c31);
        if (TRows.Count > 4) Store<TVectors>(c + 4 * strideC, c40, c41);
        if (TRows.Count > 5) Store<TVectors>(c + 5 * strideC, c50, c51);
        if (TRows.Count > 6) Store<TVectors>(c + 6 * strideC, c60, c61);
        if (TRows.Count > 7) Store<TVectors>(c + 7 * strideC, c70, c71);
        if (TRows.Count > 8) Store<TVectors>(c + 8 * strideC, c80, c81);
        if (TRows.Count > 9) Store<TVectors>(c + 9 * strideC, c90, c91);
        if (TRows.Count > 10) Store<TVectors>(c + 10 * strideC, ca0, ca1);
        if (TRows.Count > 11) Store<TVectors>(c + 11 * strideC, cb0, cb1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<TVectors>(
        float a, Vector512<float> b0, Vector512<float> b1, ref Vector512<float> c0, ref Vector512<float> c1)
        where TVectors : struct, ICount
    {
        var scale = Vector512.Create(a);
        c0 = Vector512.FusedMultiplyAdd(scale, b0, c0);
        if (TVectors.Count > 1) c1 = Vector512.FusedMultiplyAdd(scale, b1, c1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Load<TVectors>(float* c, ref Vector512<float> c0, ref Vector512<float> c1)
        where TVectors : struct, ICount
    {
        c0 = Vector512.Load(c);
        if (TVectors.Count > 1) c1 = Vector512.Load(c + Lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Store<TVectors>(float* c, Vector512<float> c0, Vector512<float> c1)
        where TVectors : struct, ICount
    {
        c0.Store(c);
        if (TVectors.Count > 1) c1.Store(c + Lanes);
    }

    /// <summary>A whole number as a type, so that it is a constant in the code compiled for it.</summary>
    private interface ICount
    {
        static abstract int Count { get; }
    }

    private readonly struct One : ICount
    {
        public static int Count => 1;
    }

    private readonly struct Two : ICount
    {
        public static int Count => 2;
    }

    private readonly struct Four : ICount
    {
        public static int Count => 4;
    }

    private readonly struct Six : ICount
    {
        public static int Count => 6;
    }

    private readonly struct Eight : ICount
    {
        public static int Count => 8;
    }

    private readonly struct Twelve : ICount
    {
        public static int Count => 12;
    }
}
