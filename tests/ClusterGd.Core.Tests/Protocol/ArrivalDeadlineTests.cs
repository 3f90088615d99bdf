using ClusterGd.Core.Protocol;
using Xunit;

namespace ClusterGd.Core.Tests.Protocol;

/// <summary>Twice the mean gap and eight times its mean deviation, within 0.1 and 60 seconds.</summary>
public class ArrivalDeadlineTests
{
    private readonly ArrivalDeadline _deadline = new(TimeSpan.FromSeconds(0.1), TimeSpan.FromSeconds(60));

    [Fact]
    public void Value_NothingSeen_IsTheLargest() => Assert.Equal(60, _deadline.Value.TotalSeconds);

    /// <summary>RFC 6298: the first deviation is half of the first value. 2·1 + 8·0.5.</summary>
    [Fact]
    public void Value_OneGap_AllowsForItsHalf()
    {
        See(1);

        Assert.Equal(6, _deadline.Value.TotalSeconds, 3);
    }

    [Fact]
    public void Value_GapsGrowAndShrinkAgain_Follows()
    {
        See([.. Enumerable.Repeat(1.0, 60)]);
        Assert.Equal(2, _deadline.Value.TotalSeconds, 1);
        See([.. Enumerable.Repeat(3.0, 60)]);
        Assert.Equal(6, _deadline.Value.TotalSeconds, 1);
        See([.. Enumerable.Repeat(1.0, 60)]);
        Assert.Equal(2, _deadline.Value.TotalSeconds, 1);
    }

    /// <summary>A deviation of 0.5 around a mean of 1: some six seconds, where regular gaps have two.</summary>
    [Fact]
    public void Value_IrregularGaps_IsLonger()
    {
        for (int i = 0; i < 30; i++) See(0.5, 1.5);

        Assert.InRange(_deadline.Value.TotalSeconds, 5, 7);
    }

    [Theory]
    [InlineData(0.001, 0.1)]
    [InlineData(100, 60)]
    public void Value_GapsBeyondTheBounds_IsTheBound(double gap, double expected)
    {
        See([.. Enumerable.Repeat(gap, 60)]);

        Assert.Equal(expected, _deadline.Value.TotalSeconds, 6);
    }

    private void See(params double[] gaps)
    {
        foreach (double gap in gaps) _deadline.Saw(TimeSpan.FromSeconds(gap));
    }
}
