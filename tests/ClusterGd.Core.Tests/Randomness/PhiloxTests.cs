using ClusterGd.Core.Randomness;
using Xunit;

namespace ClusterGd.Core.Tests.Randomness;

public class PhiloxTests
{
    /// <summary>The known answers of Random123 1.14 (tests/kat_vectors, philox4x32 10).</summary>
    [Theory]
    [InlineData(
        0x0000000000000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000,
        0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8)]
    [InlineData(
        0xffffffffffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff,
        0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd)]
    [InlineData(
        0x299f31d0a4093822, 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344,
        0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1)]
    public void Block_KnownCounterAndKey_IsTheKnownAnswer(
        ulong key, uint c0, uint c1, uint c2, uint c3, uint a, uint b, uint c, uint d) =>
        Assert.Equal((a, b, c, d), Philox.Block(key, c0, c1, c2, c3));

    [Theory]
    [InlineData(0)]
    [InlineData(uint.MaxValue - 3)]
    public void Blocks_Eight_AreThoseOfBlockOneByOne(uint c3)
    {
        var words = new ulong[2 * Philox.BlocksPerCall];
        Philox.Blocks(0x299f31d0a4093822, 0x243f6a88, 0x85a308d3, 0x13198a2e, c3, words);
        for (uint i = 0; i < Philox.BlocksPerCall; i++)
        {
            var (a, b, c, d) = Philox.Block(0x299f31d0a4093822, 0x243f6a88, 0x85a308d3, 0x13198a2e, unchecked(c3 + i));
            Assert.Equal([a | ((ulong)b << 32), c | ((ulong)d << 32)], words.AsSpan((int)(2 * i), 2).ToArray());
        }
    }

    [Fact]
    public void Uniform_Extremes_AreZeroAndJustBelowOne()
    {
        Assert.Equal(0, Philox.Uniform(255));
        Assert.Equal(MathF.BitDecrement(1), Philox.Uniform(uint.MaxValue));
        Assert.Equal(0.5f, Philox.Uniform(0x80000000));
    }

    [Fact]
    public void Uniform_AHundredThousandWords_HasTheMeanAndVarianceOfTheUnitInterval()
    {
        double sum = 0, squares = 0;
        const int count = 100_000;
        for (uint i = 0; i < count; i++)
        {
            double x = Philox.Uniform(Philox.Block(1, i, 0, 0, 0).A);
            sum += x;
            squares += x * x;
        }
        double mean = sum / count;
        Assert.Equal(0.5, mean, 4 * 0.2887 / Math.Sqrt(count));
        Assert.Equal(1 / 12.0, squares / count - mean * mean, 0.002);
    }
}
