using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ClusterGd.Core.Kernels;

public sealed partial class MatrixKernels
{
    /// <summary>
    /// Copies a block of B into panels of 32 columns (16 for the last of them): each depth × width, k after k. Lanes
    /// beyond the last column are zero; what is computed from them is never stored.
    /// </summary>
    private static unsafe void Pack(Operand b, int depth, int columns, float* packed)
    {
        for (int j = 0, width; j < columns; j += width)
        {
            width = columns - j >= PanelColumns ? PanelColumns : Lanes;
            int filled = Math.Min(width, columns - j);
            if (filled < width) new Span<float>(packed + (nint)j * depth, width * depth).Clear();
            var panel = b.At(0, j);
            if (b.ColumnStride == 1) PackRows(panel, depth, filled, packed + (nint)j * depth, width);
            else PackColumns(panel, depth, filled, packed + (nint)j * depth, width);
        }
    }

    private static unsafe void PackRows(Operand b, int depth, int filled, float* panel, int width)
    {
        float* source = b.Start;
        for (int p = 0; p < depth; p++, source += b.RowStride, panel += width)
        {
            int j = 0;
            for (; j + Lanes <= filled; j += Lanes) Vector512.Load(source + j).Store(panel + j);
            for (; j < filled; j++) panel[j] = source[j];
        }
    }

    private static unsafe void PackColumns(Operand b, int depth, int filled, float* panel, int width)
    {
        int wholeColumns = 0, wholeDepth = 0;
        if (Avx.IsSupported)
        {
            wholeColumns = filled & -8;
            wholeDepth = depth & -8;
            for (int j = 0; j < wholeColumns; j += 8)
            {
                float* source = b.Start + j * b.ColumnStride;
                for (int p = 0; p < wholeDepth; p += 8)
                {
                    Transpose8(source + p, b.ColumnStride, panel + p * width + j, width);
                }
            }
        }
        for (int j = 0; j < filled; j++)
        {
            float* source = b.Start + j * b.ColumnStride;
            for (int p = j < wholeColumns ? wholeDepth : 0; p < depth; p++) panel[p * width + j] = source[p];
        }
    }

    /// <summary>
    /// Transposes 8×8 floats in registers: a scalar copy would cost half as much as 32 rows' product.
    /// </summary>
    private static unsafe void Transpose8(float* source, nint stride, float* destination, nint width)
    {
        var (a0, a1, a2, a3) = Transpose4(source, stride);
        var (b0, b1, b2, b3) = Transpose4(source + 4 * stride, stride);
        Avx.Permute2x128(a0, b0, 0x20).Store(destination);
        Avx.Permute2x128(a1, b1, 0x20).Store(destination + width);
        Avx.Permute2x128(a2, b2, 0x20).Store(destination + 2 * width);
        Avx.Permute2x128(a3, b3, 0x20).Store(destination + 3 * width);
        Avx.Permute2x128(a0, b0, 0x31).Store(destination + 4 * width);
        Avx.Permute2x128(a1, b1, 0x31).Store(destination + 5 * width);
        Avx.Permute2x128(a2, b2, 0x31).Store(destination + 6 * width);
        Avx.Permute2x128(a3, b3, 0x31).Store(destination + 7 * width);
    }

    /// <summary>Four rows of 8 as four vectors: the 4-float columns i and i + 4 in the halves of vector i.</summary>
    private static unsafe (Vector256<float>, Vector256<float>, Vector256<float>, Vector256<float>) Transpose4(
        float* source, nint stride)
    {
        var r0 = Vector256.Load(source);
        var r1 = Vector256.Load(source + stride);
        var r2 = Vector256.Load(source + 2 * stride);
        var r3 = Vector256.Load(source + 3 * stride);
        var low01 = Avx.UnpackLow(r0, r1);
        var high01 = Avx.UnpackHigh(r0, r1);
        var low23 = Avx.UnpackLow(r2, r3);
        var high23 = Avx.UnpackHigh(r2, r3);
        return (Avx.Shuffle(low01, low23, 0x44), Avx.Shuffle(low01, low23, 0xEE),
            Avx.Shuffle(high01, high23, 0x44), Avx.Shuffle(high01, high23, 0xEE));
    }
}
