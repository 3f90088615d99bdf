using ClusterGd.Core.Kernels;
using Xunit;
using static ClusterGd.Core.Tests.Kernels.Numbers;

namespace ClusterGd.Core.Tests.Kernels;

/// <summary>The fast kernels have the bits of their plain twins.</summary>
public class VectorKernelsTests
{
    public static TheoryData<int> Sizes => [.. AwkwardSizes];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Dot_AnyLength_EqualsReference(int length)
    {
        float[] x = Floats(length, 1), y = Floats(length, 2);

        Assert.Equal(ReferenceKernels.Dot(x, y), VectorKernels.Dot(x, y));
    }

    [Fact]
    public void Dot_SixteenLanes_AddHalvesThenQuartersThenPairs()
    {
        // 2²⁴ swallows a lone 1 but not a 2: only lanes 1 and 9 meeting first give 2²⁴ + 2.
        var x = new float[16];
        x[0] = 16777216;
        x[1] = 1;
        x[9] = 1;

        Assert.Equal(16777218, VectorKernels.Dot(x, Enumerable.Repeat(1f, 16).ToArray()));
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void AddScaled_AnyLength_EqualsReference(int length)
    {
        float[] x = Floats(length, 1), fast = Floats(length, 2), plain = Floats(length, 2);

        VectorKernels.AddScaled(0.3f, x, fast);

        ReferenceKernels.AddScaled(0.3f, x, plain);
        Assert.Equal(plain, fast);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Add_AnyLength_EqualsReference(int length)
    {
        float[] x = Floats(length, 1), fast = Floats(length, 2), plain = Floats(length, 2);

        VectorKernels.Add(fast, x);

        ReferenceKernels.Add(plain, x);
        Assert.Equal(plain, fast);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void SquaredNorm_AnyLength_EqualsReference(int length) =>
        Assert.Equal(ReferenceKernels.SquaredNorm(Floats(length, 1)), VectorKernels.SquaredNorm(Floats(length, 1)));

    [Theory]
    [MemberData(nameof(Sizes))]
    public void SquaredDistance_AnyLength_EqualsReference(int length)
    {
        float[] x = Floats(length, 1), y = Floats(length, 2);

        Assert.Equal(ReferenceKernels.SquaredDistance(x, y), VectorKernels.SquaredDistance(x, y));
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void AbsoluteSum_AnyLength_EqualsReference(int length) =>
        Assert.Equal(ReferenceKernels.AbsoluteSum(Floats(length, 1)), VectorKernels.AbsoluteSum(Floats(length, 1)));

    [Fact]
    public void Norms_ThreeAndFour_AreFiveAndSevenAndFour()
    {
        Assert.Equal(25, VectorKernels.SquaredNorm([3, -4]));
        Assert.Equal(7, VectorKernels.AbsoluteSum([3, -4]));
        Assert.Equal(4, VectorKernels.MaxAbsolute([3, -4]));
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void MaxAbsolute_AnyLength_EqualsReference(int length) =>
        Assert.Equal(ReferenceKernels.MaxAbsolute(Floats(length, 1)), VectorKernels.MaxAbsolute(Floats(length, 1)));

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void IsAllFinite_OneElementIsNot_IsFalseWhereverItIs(float value)
    {
        for (int i = 0; i < 37; i++)
        {
            var x = Floats(37, 1);
            Assert.True(VectorKernels.IsAllFinite(x));
            x[i] = value;
            Assert.False(VectorKernels.IsAllFinite(x));
            Assert.Equal(Math.Abs(value), VectorKernels.MaxAbsolute(x));
        }
    }
}
