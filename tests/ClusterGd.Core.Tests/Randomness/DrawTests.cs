using ClusterGd.Core.Randomness;
using Xunit;

namespace ClusterGd.Core.Tests.Randomness;

public class DrawTests
{
    [Fact]
    public void Block_AnyPartOfTheNameDiffers_IsAnotherBlock()
    {
        (uint, uint, uint, uint)[] blocks =
        [
            Draw.Block(1, DrawPurpose.Dropout, 2, 3, 4, 5),
            Draw.Block(2, DrawPurpose.Dropout, 2, 3, 4, 5),
            Draw.Block(1, DrawPurpose.RowOrder, 2, 3, 4, 5),
            Draw.Block(1, DrawPurpose.Dropout, 3, 3, 4, 5),
            Draw.Block(1, DrawPurpose.Dropout, 2, 4, 4, 5),
            Draw.Block(1, DrawPurpose.Dropout, 2, 3 + (1L << 32), 4, 5),
            Draw.Block(1, DrawPurpose.Dropout, 2, 3, 5, 5),
            Draw.Block(1, DrawPurpose.Dropout, 2, 3, 4, 6),
        ];

        Assert.Equal(blocks.Length, blocks.Distinct().Count());
    }

    [Fact]
    public void Block_SameName_IsTheSameBlock() => Assert.Equal(
        Draw.Block(1, DrawPurpose.Dropout, 2, 3, 4, 5), Draw.Block(1, DrawPurpose.Dropout, 2, 3, 4, 5));

    [Fact]
    public void Block_NeighbouringSteps_AreUncorrelated()
    {
        // The sum of 100,000 products of two independent uniform numbers around 0 has the deviation √n / 12.
        const int count = 100_000;
        double sum = 0;
        for (int step = 0; step < count; step++)
        {
            float x = Philox.Uniform(Draw.Block(1, DrawPurpose.Dropout, 0, step, 0, 0).A) - 0.5f;
            float y = Philox.Uniform(Draw.Block(1, DrawPurpose.Dropout, 0, step + 1, 0, 0).A) - 0.5f;
            sum += x * y;
        }
        Assert.Equal(0, sum, 4 * Math.Sqrt(count) / 12);
    }
}
