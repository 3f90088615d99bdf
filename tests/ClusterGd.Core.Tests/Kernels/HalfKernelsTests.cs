using ClusterGd.Core.Kernels;
using ClusterGd.Core.Randomness;
using Xunit;
using static ClusterGd.Core.Tests.Kernels.Numbers;

namespace ClusterGd.Core.Tests.Kernels;

/// <summary>
/// The conversions have the bits of their plain twin, of the standard's, and the twin those of System.Half.
/// </summary>
public class HalfKernelsTests
{
    public static TheoryData<ElementType> Types => [ElementType.BFloat16, ElementType.Float16];

    [Theory]
    [MemberData(nameof(Types))]
    public void Unpack_EveryCode_EqualsReference(ElementType type)
    {
        var codes = Enumerable.Range(0, 65536).Select(i => (ushort)i).ToArray();
        var values = new float[codes.Length];

        HalfKernels.Unpack(codes, values, type);

        for (int i = 0; i < codes.Length; i++)
        {
            Assert.Equal(Bits(ReferenceKernels.Widen(codes[i], type)), Bits(values[i]));
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Pack_EveryCodeAndEveryMidpointAndItsNeighbours_EqualsReference(ElementType type)
    {
        var values = Boundaries(type).ToArray();
        var codes = new ushort[values.Length];

        HalfKernels.Pack(values, codes, type);

        for (int i = 0; i < values.Length; i++) Assert.Equal(ReferenceKernels.Narrow(values[i], type), codes[i]);
    }

    [Fact]
    public void Reference_EveryHalfAndEveryMidpointAndItsNeighbours_EqualsSystemHalf()
    {
        for (int i = 0; i < 65536; i++)
        {
            var half = BitConverter.UInt16BitsToHalf((ushort)i);
            if (Half.IsNaN(half)) continue;
            Assert.Equal(Bits((float)half), Bits(ReferenceKernels.Widen((ushort)i, ElementType.Float16)));
        }
        foreach (float x in Boundaries(ElementType.Float16))
        {
            if (float.IsNaN(x)) continue;
            Assert.Equal(BitConverter.HalfToUInt16Bits((Half)x), ReferenceKernels.Narrow(x, ElementType.Float16));
        }
    }

    [Theory]
    [InlineData(ElementType.BFloat16, 1.00390625f, 0x3F80)] // a tie goes to the even code
    [InlineData(ElementType.BFloat16, 1.01171875f, 0x3F82)]
    [InlineData(ElementType.BFloat16, float.MaxValue, 0x7F80)] // rounds to infinity
    [InlineData(ElementType.BFloat16, float.NegativeInfinity, 0xFF80)]
    [InlineData(ElementType.BFloat16, float.NaN, 0xFFC0)]
    [InlineData(ElementType.BFloat16, float.Epsilon, 0x0000)]
    [InlineData(ElementType.BFloat16, -0f, 0x8000)]
    [InlineData(ElementType.Float16, 1f, 0x3C00)]
    [InlineData(ElementType.Float16, 65504f, 0x7BFF)]
    [InlineData(ElementType.Float16, 65519.996f, 0x7BFF)]
    [InlineData(ElementType.Float16, 65520f, 0x7C00)] // rounds to infinity
    [InlineData(ElementType.Float16, 5.9604645e-8f, 0x0001)] // the smallest subnormal
    [InlineData(ElementType.Float16, 2.9802322e-8f, 0x0000)] // half of it: a tie, even is zero
    [InlineData(ElementType.Float16, -2.9802326e-8f, 0x8001)]
    [InlineData(ElementType.Float16, float.NaN, 0xFE00)]
    public void Pack_Edge_HasTheStandardsCode(ElementType type, float value, int code)
    {
        // In the vector loop and in the tail.
        var values = Enumerable.Repeat(value, 33).ToArray();
        var codes = new ushort[33];

        HalfKernels.Pack(values, codes, type);

        Assert.All(codes, c => Assert.Equal(code, c));
    }

    [Theory]
    [InlineData(ElementType.BFloat16, 0x7F80_0001u, 0x7FC0)]
    [InlineData(ElementType.BFloat16, 0xFFA5_0000u, 0xFFE5)]
    [InlineData(ElementType.Float16, 0x7F80_0001u, 0x7E00)]
    [InlineData(ElementType.Float16, 0xFFA5_0000u, 0xFF28)]
    public void Pack_NotANumber_KeepsSignAndTopOfPayloadAndIsQuiet(ElementType type, uint bits, int code)
    {
        var codes = new ushort[1];

        HalfKernels.Pack([BitConverter.UInt32BitsToSingle(bits)], codes, type);

        Assert.Equal(code, codes[0]);
        Assert.Equal(code, ReferenceKernels.Narrow(BitConverter.UInt32BitsToSingle(bits), type));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Round_AnyLength_EqualsPackAndUnpack(ElementType type)
    {
        foreach (int length in AwkwardSizes)
        {
            var rounded = Enumerable.Range(0, length)
                .Select(i => BitConverter.UInt32BitsToSingle(Philox.Block(1, (uint)i, 0, 0, 0).A)).ToArray();
            var (codes, unpacked) = (new ushort[length], new float[length]);
            HalfKernels.Pack(rounded, codes, type);
            HalfKernels.Unpack(codes, unpacked, type);

            HalfKernels.Round(rounded, type);

            Assert.Equal(unpacked.Select(Bits), rounded.Select(Bits));
        }
    }

    [Theory]
    [InlineData(ElementType.Float32)]
    [InlineData(ElementType.BFloat16)]
    [InlineData(ElementType.Float16)]
    public void Add_AnyLength_EqualsTheRoundedSum(ElementType type)
    {
        foreach (int length in AwkwardSizes)
        {
            float[] sum = Floats(length, 1), right = Floats(length, 2);
            float[] expected = [.. sum.Zip(right, (a, b) => a + b)];
            HalfKernels.Round(expected, type);

            HalfKernels.Add(sum, right, type);

            Assert.Equal(expected.Select(Bits), sum.Select(Bits));
        }
    }

    [Fact]
    public void Round_Float32_ChangesNothing()
    {
        var values = Floats(100, 1);

        HalfKernels.Round(values, ElementType.Float32);

        Assert.Equal(Floats(100, 1), values);
    }

    /// <summary>Every value of the type, the midpoint to the next, and the float32 neighbours of both.</summary>
    private static IEnumerable<float> Boundaries(ElementType type)
    {
        for (int code = 0; code < 65536; code++)
        {
            float value = ReferenceKernels.Widen((ushort)code, type);
            uint half = type == ElementType.BFloat16 ? 1u << 15 : 1u << 12;
            float midpoint = BitConverter.UInt32BitsToSingle(Bits(value) + half);
            foreach (float x in new[] { value, midpoint })
            {
                yield return x;
                yield return MathF.BitIncrement(x);
                yield return MathF.BitDecrement(x);
            }
        }
    }

    private static uint Bits(float x) => BitConverter.SingleToUInt32Bits(x);
}
