using ClusterGd.Core.Kernels;
using Xunit;
using static ClusterGd.Core.Tests.Kernels.Numbers;

namespace ClusterGd.Core.Tests.Kernels;

/// <summary>The fast kernels have the bits of their plain twins.</summary>
public class RowKernelsTests
{
    public static TheoryData<int, int> RowsAndStrides
    {
        get
        {
            var data = new TheoryData<int, int>();
            foreach (int count in AwkwardSizes)
            {
                foreach (int stride in new[] { 0, 16, 32, 128, 1040 }) data.Add(count, stride);
            }
            return data;
        }
    }

    public static TheoryData<int> Sizes => [.. AwkwardSizes];

    [Theory]
    [MemberData(nameof(RowsAndStrides))]
    public void Dots_AnyRowsAndStride_EqualReference(int count, int stride)
    {
        var values = Floats((count + 5) * stride, 1);
        var rows = Order(count + 5);
        var weights = Floats(stride, 2);
        float[] fast = new float[count], plain = new float[count];

        DenseRowKernels.Dots(values, stride, rows, weights, 0.25f, fast);

        ReferenceKernels.Dots(values, stride, rows, weights, 0.25f, plain);
        Assert.Equal(plain, fast);
    }

    [Theory]
    [MemberData(nameof(RowsAndStrides))]
    public void AddScaledRows_AnyRowsAndStride_EqualReference(int count, int stride)
    {
        var values = Floats(count * stride, 1);
        var rows = Order(count);
        var scales = Floats(count, 2);
        float[] fast = Floats(stride, 3), plain = Floats(stride, 3);

        DenseRowKernels.AddScaledRows(values, stride, rows, scales, fast);

        ReferenceKernels.AddScaledRows(values, stride, rows, scales, plain);
        Assert.Equal(plain, fast);
    }

    [Theory]
    [InlineData(64, 64, 32)]
    [InlineData(7, 64, 128)]
    [InlineData(64, 7, 144)]
    [InlineData(65, 3, 1024)]
    [InlineData(0, 5, 16)]
    [InlineData(23, 40, 48)]
    [InlineData(64, 64, 64)]
    public void DotsAndAddScaledRows_TwoSetsOfRows_AreTheTwoPasses(int outputCount, int addedCount, int stride)
    {
        var values = Floats(100 * stride, 1);
        var rows = Order(100);
        float[] weights = Floats(stride, 2), scales = Floats(addedCount, 3);
        float[] fast = new float[outputCount], plain = new float[outputCount];
        float[] fastSum = Floats(stride, 4), plainSum = Floats(stride, 4);

        DenseRowKernels.DotsAndAddScaledRows(
            values, stride, rows, weights, 0.25f, fast, rows.AsSpan(20, addedCount), scales, fastSum);

        ReferenceKernels.Dots(values, stride, rows, weights, 0.25f, plain);
        ReferenceKernels.AddScaledRows(values, stride, rows.AsSpan(20, addedCount), scales, plainSum);
        Assert.Equal(plain, fast);
        Assert.Equal(plainSum, fastSum);
    }

    [Theory]
    [InlineData(64, 64, 16)]
    [InlineData(64, 64, 48)]
    [InlineData(33, 64, 64)]
    [InlineData(16, 15, 144)]
    [InlineData(2, 2, 1040)]
    public void DotsAndAddScaledRows_RowsInOrder_AreTheTwoPasses(int outputCount, int addedCount, int stride)
    {
        var values = Floats(200 * stride, 1);
        int[] rows = [.. Enumerable.Range(100, 100)], added = [.. Enumerable.Range(100 - addedCount, addedCount)];
        float[] weights = Floats(stride, 2), scales = Floats(addedCount, 3);
        float[] fast = new float[outputCount], plain = new float[outputCount];
        float[] fastSum = Floats(stride, 4), plainSum = Floats(stride, 4);

        DenseRowKernels.DotsAndAddScaledRows(
            values, stride, rows, weights, 0.25f, fast, added, scales, fastSum);

        ReferenceKernels.Dots(values, stride, rows, weights, 0.25f, plain);
        ReferenceKernels.AddScaledRows(values, stride, added, scales, plainSum);
        Assert.Equal(plain, fast);
        Assert.Equal(plainSum, fastSum);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void SparseDot_AnyLength_EqualsReference(int length)
    {
        var values = Floats(length, 1);
        var columns = Order(length);
        var dense = Floats(length, 2);

        Assert.Equal(
            ReferenceKernels.SparseDot(columns, values, dense), SparseRowKernels.Dot(columns, values, dense));
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void SparseAddScaled_AnyLength_EqualsReference(int length)
    {
        var values = Floats(length, 1);
        var columns = Order(length);
        float[] fast = Floats(length, 2), plain = Floats(length, 2);

        SparseRowKernels.AddScaled(0.75f, columns, values, fast);

        ReferenceKernels.SparseAddScaled(0.75f, columns, values, plain);
        Assert.Equal(plain, fast);
    }

    [Fact]
    public void SparseDot_ColumnBeyondTheVector_IsRefused() =>
        Assert.Throws<IndexOutOfRangeException>(() => SparseRowKernels.Dot([4], [1], new float[4]));
}
