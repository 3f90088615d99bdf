using System.Globalization;
using System.Text;
using ClusterGd.Data.Input;
using CsCheck;
using Xunit;

namespace ClusterGd.Data.Tests;

public sealed class NumberTextTests
{
    [Theory]
    [InlineData("0", 0f)]
    [InlineData("-1.0", -1f)]
    [InlineData("+.5", 0.5f)]
    [InlineData("5.", 5f)]
    [InlineData("1e3", 1000f)]
    [InlineData("123456789012345678901234567890", 1.2345679e29f)]
    public void NumberText_Number_IsRead(string text, float expected)
    {
        Assert.True(NumberText.TryParse(Encoding.UTF8.GetBytes(text), out float value));
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData(".")]
    [InlineData("1,5")]
    [InlineData("0x10")]
    [InlineData("1 2")]
    public void NumberText_NoNumber_IsRefused(string text) =>
        Assert.False(NumberText.TryParse(Encoding.UTF8.GetBytes(text), out _));

    /// <summary>The careful parser of the runtime is the reference, half-way cases included.</summary>
    [Fact]
    public void NumberText_AnyShortDecimal_RoundsAsTheRuntimeDoes() =>
        Gen.Select(Gen.Long[0, 999_999_999_999_999], Gen.Int[0, 15], Gen.Bool).Sample((digits, decimals, isNegative) =>
        {
            string text = digits.ToString(CultureInfo.InvariantCulture).PadLeft(decimals, '0');
            text = (isNegative ? "-" : "") + text.Insert(text.Length - decimals, ".");
            Assert.True(NumberText.TryParse(Encoding.UTF8.GetBytes(text), out float value));
            float expected = float.Parse(text, CultureInfo.InvariantCulture);
            Assert.Equal(BitConverter.SingleToInt32Bits(expected), BitConverter.SingleToInt32Bits(value));
        }, iter: 20_000);

    /// <summary>Nine digits around the middle between two floats, where rounding twice goes wrong.</summary>
    [Fact]
    public void NumberText_NearHalfWay_RoundsAsTheRuntimeDoes() =>
        Gen.Select(Gen.Int[1 << 23, 1 << 24], Gen.Int[-2, 2]).Sample((mantissa, offset) =>
        {
            string text = ((mantissa + 0.5m) * 4 + offset * 0.0000001m).ToString(
                "0.0000000", CultureInfo.InvariantCulture);
            Assert.True(NumberText.TryParse(Encoding.UTF8.GetBytes(text), out float value));
            Assert.Equal(float.Parse(text, CultureInfo.InvariantCulture), value);
        }, iter: 20_000);
}
