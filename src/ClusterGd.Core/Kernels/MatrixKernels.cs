using ClusterGd.Core.Data;

namespace ClusterGd.Core.Kernels;

/// <summary>
/// Matrix products with one order over k whatever the tiling or the instruction set: every element of the result is
/// one chain of fused multiply-adds, k ascending. Matrices are row-major; a stride is the floats between two rows.
/// One instance per thread: it owns the packing buffers and allocates nothing after construction.
/// </summary>
/// <remarks>
/// Goto and van de Geijn, "Anatomy of high-performance matrix multiplication" (2008), with two changes. A tile of C is
/// loaded into the accumulators at the start of every block of k rather than added at its end, so that blocking
/// changes no bit. And A is read in place: a tile needs one scalar of each of its rows for every k, which the spare
/// load slots of the processor give for nothing in both orientations.
/// </remarks>
public sealed partial class MatrixKernels
{
    // A block of B is KBlock × NBlock floats, 512 KiB: half of a typical second-level cache.
    private const int KBlock = 256, NBlock = 512;

    // A panel of B is as wide as a tile of C: two vectors, or one at the right edge.
    private const int Lanes = 16, PanelColumns = 2 * Lanes;

    // So few rows do not earn the copy of B that makes its panels contiguous.
    private const int UnpackedRowsMax = 12;

    private readonly AlignedFloats _packedB = new(KBlock * NBlock);
    private readonly AlignedFloats _edge = new(TileRowsMax * Lanes);

    /// <summary>C[m×n] = op(A)[m×k]·op(B)[k×n], plus C where <paramref name="accumulate"/>.</summary>
    /// <param name="transposeA">A is stored k×m.</param>
    /// <param name="transposeB">B is stored n×k.</param>
    /// <exception cref="ArgumentException">A matrix does not fit in its span.</exception>
    public unsafe void Multiply(
        bool transposeA, bool transposeB, int m, int n, int k,
        ReadOnlySpan<float> a, int strideA, ReadOnlySpan<float> b, int strideB, Span<float> c, int strideC,
        bool accumulate)
    {
        ThrowUnlessFits(transposeA ? k : m, transposeA ? m : k, strideA, a.Length, nameof(a));
        ThrowUnlessFits(transposeB ? n : k, transposeB ? k : n, strideB, b.Length, nameof(b));
        ThrowUnlessFits(m, n, strideC, c.Length, nameof(c));
        fixed (float* pa = a, pb = b, pc = c, packed = _packedB.Span, edge = _edge.Span)
        {
            var left = new Operand(pa, transposeA ? 1 : strideA, transposeA ? strideA : 1);
            var right = new Operand(pb, transposeB ? 1 : strideB, transposeB ? strideB : 1);
            for (int j = 0; j < n; j += NBlock)
            {
                int columns = Math.Min(NBlock, n - j), p = 0;
                do
                {
                    int depth = Math.Min(KBlock, k - p);
                    var block = new Block(m, columns, depth, accumulate || p > 0);
                    MultiplyBlock(block, left.At(0, p), right.At(p, j), pc + j, strideC, packed, edge);
                    p += depth;
                }
                while (p < k);
            }
        }
    }

    private static unsafe void MultiplyBlock(
        Block block, Operand a, Operand b, float* c, nint strideC, float* packed, float* edge)
    {
        bool isPacked = b.ColumnStride != 1 || block.Rows > UnpackedRowsMax;
        int whole = isPacked ? 0 : block.Columns & -Lanes;
        Pack(b.At(0, whole), block.Depth, block.Columns - whole, packed);
        for (int i = 0; i < block.Rows;)
        {
            int rows = TileRows(block.Rows - i);
            for (int j = 0, width; j < block.Columns; j += width)
            {
                int left = block.Columns - j;
                width = left >= PanelColumns ? PanelColumns : Lanes;
                var tile = j < whole
                    ? new Tile(a.At(i, 0), b.Start + j, b.RowStride, c + i * strideC + j, strideC, block)
                    : new Tile(a.At(i, 0), packed + (nint)(j - whole) * block.Depth, width,
                        c + i * strideC + j, strideC, block);
                if (left >= Lanes) Compute(rows, width, tile);
                else ComputeEdge(rows, left, tile, edge);
            }
            i += rows;
        }
    }

    /// <summary>Computes a tile narrower than a vector in a copy of it, so that no lane reaches past C.</summary>
    private static unsafe void ComputeEdge(int rows, int columns, in Tile tile, float* edge)
    {
        if (tile.IsAccumulated) CopyRows(rows, columns, tile.C, tile.StrideC, edge, Lanes);
        Compute(rows, Lanes, tile with { C = edge, StrideC = Lanes });
        CopyRows(rows, columns, edge, Lanes, tile.C, tile.StrideC);
    }

    private static unsafe void CopyRows(
        int rows, int columns, float* source, nint sourceStride, float* destination, nint destinationStride)
    {
        for (int i = 0; i < rows; i++, source += sourceStride, destination += destinationStride)
        {
            for (int j = 0; j < columns; j++) destination[j] = source[j];
        }
    }

    private static void ThrowUnlessFits(int rows, int columns, int stride, int length, string name)
    {
        if (rows > 0 && columns > 0 && (stride < columns || (long)(rows - 1) * stride + columns > length))
        {
            throw new ArgumentException(
                $"{rows} rows of {columns} floats with stride {stride} do not fit in {length} floats.", name);
        }
    }

    /// <summary>What is computed at a time: all rows of C, and a range of its columns and of k.</summary>
    private readonly record struct Block(int Rows, int Columns, int Depth, bool IsAccumulated);

    /// <summary>A matrix in memory in either orientation.</summary>
    private readonly unsafe struct Operand(float* start, nint rowStride, nint columnStride)
    {
        public readonly float* Start = start;
        public readonly nint RowStride = rowStride, ColumnStride = columnStride;

        public Operand At(nint row, nint column) =>
            new(Start + row * RowStride + column * ColumnStride, RowStride, ColumnStride);
    }

    /// <summary>One tile of C with the rows of A and the panel of B that make it.</summary>
    private unsafe struct Tile(Operand a, float* b, nint strideB, float* c, nint strideC, in Block block)
    {
        public Operand A = a;
        public float* B = b, C = c;
        public nint StrideB = strideB, StrideC = strideC;
        public int Depth = block.Depth;
        public bool IsAccumulated = block.IsAccumulated;
    }
}
