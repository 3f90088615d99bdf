using ClusterGd.Core.Kernels;
using Xunit;

namespace ClusterGd.Core.Tests.Kernels;

public class MatrixKernelsTests
{
    private readonly MatrixKernels _kernels = new();

    public static TheoryData<bool, bool, bool> Cases()
    {
        var cases = new TheoryData<bool, bool, bool>();
        for (int bits = 0; bits < 8; bits++) cases.Add((bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0);
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Multiply_EverySmallShape_HasTheReferencesBits(bool transposeA, bool transposeB, bool accumulate)
    {
        int[] sizes = [0, 1, 2, 11, 12, 13, 31, 32, 33];
        foreach (int m in sizes)
        {
            foreach (int n in sizes)
            {
                foreach (int k in sizes) AssertSameBits(transposeA, transposeB, accumulate, m, n, k, padding: 3);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Multiply_ShapesOfSeveralBlocks_HaveTheReferencesBits(bool transposeA, bool transposeB, bool accumulate)
    {
        foreach (var (m, n, k) in new[] { (12, 100, 784), (33, 100, 257), (100, 784, 13), (7, 545, 600), (61, 61, 61) })
        {
            AssertSameBits(transposeA, transposeB, accumulate, m, n, k, padding: 0);
        }
    }

    [Fact]
    public void Multiply_TwoByTwo_IsTheProduct()
    {
        var c = new float[4];
        _kernels.Multiply(false, false, 2, 2, 2, [1, 2, 3, 4], 2, [5, 6, 7, 8], 2, c, 2, accumulate: false);
        Assert.Equal([19f, 22f, 43f, 50f], c);
    }

    [Fact]
    public void Multiply_MinusZeroPlusNothing_StaysMinusZero()
    {
        float[] c = [-0f];
        _kernels.Multiply(false, false, 1, 1, 0, [], 1, [], 1, c, 1, accumulate: true);
        Assert.Equal(BitConverter.SingleToUInt32Bits(-0f), BitConverter.SingleToUInt32Bits(c[0]));
    }

    [Fact]
    public void Multiply_InfinityInA_DoesNotMeetThePaddingOfB()
    {
        var c = new float[3];
        _kernels.Multiply(
            false, false, 1, 3, 1, [float.PositiveInfinity], 1, [1, 2, -3], 3, c, 3, accumulate: false);
        Assert.Equal([float.PositiveInfinity, float.PositiveInfinity, float.NegativeInfinity], c);
    }

    [Fact]
    public void Multiply_SpanTooShort_IsRefused()
    {
        var error = Assert.Throws<ArgumentException>(() => _kernels.Multiply(
            false, false, 2, 2, 2, new float[3], 2, new float[4], 2, new float[4], 2, accumulate: false));
        Assert.Equal("a", error.ParamName);
    }

    [Fact]
    public void Multiply_AfterConstruction_AllocatesNothing()
    {
        var (a, b, c) = (Fill(40 * 300, 1), Fill(300 * 50, 2), new float[40 * 50]);
        Assert.Equal(0, WarmAllocation.LeastBytes(
            () => _kernels.Multiply(false, false, 40, 50, 300, a, 300, b, 50, c, 50, accumulate: false)));
    }

    private void AssertSameBits(bool transposeA, bool transposeB, bool accumulate, int m, int n, int k, int padding)
    {
        int strideA = (transposeA ? m : k) + padding, strideB = (transposeB ? k : n) + padding, strideC = n + padding;
        var a = Fill((transposeA ? k : m) * strideA, 1);
        var b = Fill((transposeB ? n : k) * strideB, 2);
        var expected = Fill(m * strideC, 3);
        var actual = (float[])expected.Clone();
        ReferenceKernels.Multiply(
            transposeA, transposeB, m, n, k, a, strideA, b, strideB, expected, strideC, accumulate);
        _kernels.Multiply(transposeA, transposeB, m, n, k, a, strideA, b, strideB, actual, strideC, accumulate);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(
                Bits.Of(expected[i]) == Bits.Of(actual[i]),
                $"{m}×{n}×{k}: element {i} is {actual[i]:R}, not {expected[i]:R}");
        }
    }

    /// <summary>Numbers of all sizes and signs, with some exact and some negative zeros.</summary>
    private static float[] Fill(int length, uint salt)
    {
        var values = new float[length];
        for (int i = 0; i < length; i++)
        {
            uint hash = ((uint)i + salt * 7919) * 2654435761;
            hash = (hash ^ (hash >> 15)) * 2246822519;
            values[i] = (hash & 31) == 0 ? -0f : ((hash >> 8) * (1f / (1 << 23)) - 1) * (1 << (int)(hash & 7));
        }
        return values;
    }
}
