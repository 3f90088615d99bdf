using ClusterGd.Core.Protocol;
using Xunit;

namespace ClusterGd.Core.Tests.Protocol;

/// <summary>What is too much lost time, and what is not.</summary>
public class LostTimeTests
{
    private readonly LostTime _lost = new();

    [Fact]
    public void IsTooMuch_OnceForLong_IsNot() => Assert.False(_lost.IsTooMuch(TimeSpan.FromSeconds(20), Seconds(20)));

    [Fact]
    public void IsTooMuch_NineTenthsOfTheTime_IsAfterTwoSeconds()
    {
        int times = 1;
        while (!_lost.IsTooMuch(TimeSpan.FromMilliseconds(90), Seconds(times * 0.1))) times++;

        Assert.InRange(times, 17, 23);
    }

    [Fact]
    public void IsTooMuch_AThirdOfTheTime_NeverIs()
    {
        for (int i = 1; i <= 1000; i++)
        {
            Assert.False(_lost.IsTooMuch(TimeSpan.FromMilliseconds(33), Seconds(i * 0.1)));
        }
    }

    [Fact]
    public void IsTooMuch_OnceToldOf_BeginsAnew()
    {
        int times = 1;
        while (!_lost.IsTooMuch(TimeSpan.FromSeconds(1), Seconds(times))) times++;

        Assert.False(_lost.IsTooMuch(TimeSpan.FromSeconds(1), Seconds(times + 1)));
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}
