using System.Numerics;
using ClusterGd.Core.Metrics;
using CsCheck;
using Xunit;

namespace ClusterGd.Core.Tests.Metrics;

public class ExactSumTests
{
    [Fact]
    public void Value_NumbersThatCancel_LeavesWhatADoubleWouldLose()
    {
        Assert.Equal(1, Sum([1e100, 1, -1e100]).Value);
        Assert.Equal(1, Sum(Enumerable.Repeat(0.1, 10)).Value);
        Assert.Equal(0, Sum([]).Value);
        Assert.Equal(0, default(ExactSum).Value);
    }

    [Fact]
    public void Value_HalfWayAndALittleMore_IsRoundedOnce()
    {
        // 1 + 2⁻⁵³ lies half way to the next double and would go to the even 1; the last term decides.
        Assert.Equal(Math.BitIncrement(1), Sum([1, Math.ScaleB(1, -53), Math.ScaleB(1, -110)]).Value);
        Assert.Equal(1, Sum([1, Math.ScaleB(1, -53), -Math.ScaleB(1, -110)]).Value);
    }

    [Theory]
    [InlineData(double.NaN, 1, double.NaN)]
    [InlineData(double.PositiveInfinity, -1e300, double.PositiveInfinity)]
    [InlineData(double.PositiveInfinity, double.NegativeInfinity, double.NaN)]
    public void Value_NotFinite_Stays(double a, double b, double expected)
    {
        Assert.Equal(expected, Sum([a, b]).Value);
        Assert.Equal(expected, (Sum([a]) + Sum([b]) + Sum([1])).Value);
    }

    [Fact]
    public void Value_AnyNumbers_IsTheRoundedWholeNumberSum() =>
        s_numbers.Sample(numbers => Assert.Equal(Expected(numbers), Sum(numbers).Value));

    [Fact]
    public void Add_AnyGroupsInAnyOrder_HasTheSameBits() =>
        Gen.Select(s_numbers, Gen.Int[0, 30], Gen.Int[0, 30]).Sample((numbers, a, b) =>
        {
            int first = Math.Min(Math.Min(a, b), numbers.Length), second = Math.Min(Math.Max(a, b), numbers.Length);
            var parts = Sum(numbers[second..]) + (Sum(numbers[..first].Reverse()) + Sum(numbers[first..second]));
            Assert.Equal(Sum(numbers).Value, parts.Value);
            Assert.Equal(parts.Value, new ExactSum(parts.Parts).Value);
        });

    // m·2ᵉ with few bits of m, so that sums cancel, tie and span many magnitudes.
    private static readonly Gen<double[]> s_numbers = Gen.Select(Gen.Int[-9, 9], Gen.Int[-120, 120])
        .Select((m, e) => Math.ScaleB(m, e)).Array[0, 30];

    private static ExactSum Sum(IEnumerable<double> numbers)
    {
        var sum = new ExactSum.Builder();
        foreach (double x in numbers) sum.Add(x);
        return sum.ToSum();
    }

    /// <summary>The sum in units of 2⁻¹²⁰, rounded to 53 bits, half to even.</summary>
    private static double Expected(double[] numbers)
    {
        var sum = BigInteger.Zero;
        foreach (double x in numbers)
        {
            int shift = x == 0 ? 0 : Math.ILogB(x) - 52;
            var whole = new BigInteger(Math.ScaleB(x, -shift));
            sum += shift + 120 >= 0 ? whole << (shift + 120) : whole >> -(shift + 120);
        }
        var magnitude = BigInteger.Abs(sum);
        int extra = (int)Math.Max(0, magnitude.GetBitLength() - 53);
        var kept = magnitude >> extra;
        var rest = magnitude - (kept << extra);
        var half = extra == 0 ? BigInteger.One : BigInteger.One << (extra - 1);
        if (rest > half || (rest == half && !kept.IsEven)) kept++;
        return sum.Sign * Math.ScaleB((double)kept, extra - 120);
    }
}
