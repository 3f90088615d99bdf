using ClusterGd.Core.Kernels;
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
        Assert.True(Bits.AreEqual([float.NaN], [float.NaN]));
    }
}
