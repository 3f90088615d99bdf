using ClusterGd.Core.Kernels;
using ClusterGd.Core.Models;
using Xunit;
using static ClusterGd.Core.Tests.Kernels.Numbers;

namespace ClusterGd.Core.Tests.Kernels;

public class BitsTests
{
    public static TheoryData<int> Sizes => [.. AwkwardSizes];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Fingerprint_AnyLength_EqualsReference(int length) =>
        Assert.Equal(ReferenceKernels.Fingerprint(Floats(length, 1)), Bits.Fingerprint(Floats(length, 1)));

    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(200)]
    public void Fingerprint_AnyFlippedBit_IsAnother(int length)
    {
        float[] values = Floats(length, 1);
        ulong right = Bits.Fingerprint(values);
        for (int bit = 0; bit < 32 * length; bit++)
        {
            float before = values[bit / 32];
            values[bit / 32] = BitConverter.UInt32BitsToSingle(
                BitConverter.SingleToUInt32Bits(before) ^ (1u << (bit % 32)));
            Assert.NotEqual(right, Bits.Fingerprint(values));
            values[bit / 32] = before;
        }
    }

    [Fact]
    public void AreEqual_ZerosOfTwoSigns_AreNot()
    {
        Assert.False(Bits.AreEqual([0f], [-0f]));
        Assert.False(Bits.AreEqual([float.NaN, 0f], [-float.NaN, -0f]));
    }

    /// <summary>The sign and the payload of a NaN are the compiler's, which may swap the terms of a sum.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(200)]
    public void Bits_NaNsOfTwoSigns_AreTheSame(int length)
    {
        float[] one = Floats(length, 1), other = Floats(length, 1);
        foreach (int i in new[] { 0, length / 2, length - 1 })
        {
            one[i] = BitConverter.UInt32BitsToSingle(0x7FC0_0000);
            other[i] = BitConverter.UInt32BitsToSingle(0xFFC0_1234);
        }

        Assert.True(Bits.AreEqual(one, other));
        Assert.Equal(Bits.Fingerprint(one), Bits.Fingerprint(other));
        Assert.Equal(ModelHash.Of(one), ModelHash.Of(other));
        Assert.Equal(Bits.Of(double.NaN), Bits.Of(BitConverter.UInt64BitsToDouble(0x7FF8_0000_0000_0000)));
    }

    [Fact]
    public void Fingerprint_NaN_EqualsReferenceAndNoNumber()
    {
        float[] values = Floats(200, 1);
        ulong finite = Bits.Fingerprint(values);
        values[70] = values[199] = float.NaN;

        Assert.Equal(ReferenceKernels.Fingerprint(values), Bits.Fingerprint(values));
        Assert.NotEqual(finite, Bits.Fingerprint(values));
    }
}
