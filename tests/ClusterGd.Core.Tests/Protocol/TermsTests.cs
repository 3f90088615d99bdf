using ClusterGd.Core.Protocol;
using Xunit;

namespace ClusterGd.Core.Tests.Protocol;

public class TermsTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(17)]
    [InlineData(long.MaxValue >> 8)]
    public void Block_TwoThatTakeOverAtOnce_AreAboveAndApartByMoreThanTheirLayouts(long highest)
    {
        long one = Terms.Block(highest, "akka.tcp://clustergd@10.0.0.1:4053");
        long other = Terms.Block(highest, "akka.tcp://clustergd@10.0.0.2:4053");

        Assert.True(one > highest && other > highest);
        Assert.True(Math.Abs(one - other) >= 1 << 20);
    }

    [Fact]
    public void Block_OverAnother_IsHigher()
    {
        long first = Terms.Block(3, "b");

        Assert.True(Terms.Block(first + 1000, "a") > first + 1000);
    }
}
