using System.Globalization;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Data.Reading;
using CsCheck;
using Xunit;

namespace ClusterGd.Data.Tests.Tables;

/// <summary>Decimal commas and marks between thousands.</summary>
public sealed class NumberMarkTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Train_DecimalCommaStated_SeparatesTheClasses() =>
        Assert.Equal(1.0, Outcome.Of(DecimalComma() with { Decimal = "," }, "logistic")["accuracy"]);

    [Fact]
    public void Load_DecimalCommaNotStated_NamesTheKeyForAllColumns()
    {
        var source = DecimalComma();
        string problem = Assert.Single(TestData.Fails(source).Problems);
        Assert.Equal(
            $"{source.Path}: columns 'x1', 'x2': '-0,500' looks like a decimal comma: add decimal: ','.", problem);
    }

    [Fact]
    public void Load_DecimalCommaAndWordsAsLabels_NamesTheKeyAndNotTheHeader()
    {
        var source = _folder.Source("a.csv", "x1;x2;label\n" + Outcome.TwoClasses(
            (x1, x2, label) => $"{Outcome.Comma(x1)};{Outcome.Comma(x2)};{(label == 1 ? "yes" : "no")}"));
        Assert.Contains("add decimal: ','", TestData.Fails(source, TargetKind.BinaryClass).Message,
            StringComparison.Ordinal);
        Assert.Equal(1.0, Outcome.Of(source with { Decimal = "," }, "logistic")["accuracy"]);
    }

    [Fact]
    public void Train_ThousandsStated_SeparatesTheClasses() => Assert.Equal(
        1.0, Outcome.Of(Thousands() with { Thousands = ",", Standardize = true }, "logistic")["accuracy"]);

    [Fact]
    public void Load_ThousandsNotStated_NamesTheKeyAndNotCategorical()
    {
        string message = TestData.Fails(Thousands()).Message;
        Assert.Contains("column 'amount': '1,000.50' looks like a mark between thousands: add thousands: ','", message,
            StringComparison.Ordinal);
        Assert.DoesNotContain("categorical", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_CommaThatMayBeBoth_NamesBothKeys()
    {
        string message = TestData.Fails(_folder.Source("a.csv", "x;y\n1,215;1\n2,985;2\n")).Message;
        Assert.Contains("decimal: ',' or thousands: ','", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(",", null, "1,5", 1.5)]
    [InlineData(",", ".", "1.234.567,5", 1234567.5)]
    [InlineData(null, ",", "-1,234.5", -1234.5)]
    [InlineData(null, ",", "12,34,567", 1234567)]
    [InlineData(null, "'", "1’234.5", 1234.5)]
    [InlineData(",", " ", "1\u202F234,5", 1234.5)]
    [InlineData(null, "_", "1_000", 1000)]
    [InlineData(null, ",", "1.5e3", 1500)]
    [InlineData(",", null, "1,5e3", 1500)]
    public void TryParse_NumberWithMarks_IsRead(string? mark, string? thousands, string cell, double expected)
    {
        Assert.True(new CellRules(mark, thousands, []).TryParse(cell, out double value, out _));
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData(",", null, "1.5")]
    [InlineData(",", null, "1,2,3")]
    [InlineData(null, ",", "1,5")]
    [InlineData(null, ",", "0,523")]
    [InlineData(null, ",", "1,2345")]
    [InlineData(null, ",", "1,234,56")]
    [InlineData(null, ",", ",123")]
    [InlineData(null, ",", "1.234,567")]
    [InlineData(null, null, "1,234")]
    public void TryParse_MarkWhereItDoesNotBelong_IsNoNumber(string? mark, string? thousands, string cell) =>
        Assert.False(new CellRules(mark, thousands, []).TryParse(cell, out _, out _));

    /// <summary>A number written in any way of any country is the number.</summary>
    [Fact]
    public void TryParse_AnyNumberInAnyMarks_IsTheNumber() =>
        Gen.Select(Gen.Int[-100_000_000, 100_000_000], Gen.Int[0, 3], Gen.Int[0, 1], Gen.Int[0, 6]).Sample(
            (mantissa, decimals, comma, mark) =>
            {
                string? thousands = new[] { null, ",", ".", " ", "'", "_", "\u00A0" }[mark];
                string point = comma == 1 ? "," : ".";
                if (thousands == point) return;
                decimal number = mantissa / (decimal)Math.Pow(10, decimals);
                var format = (NumberFormatInfo)CultureInfo.InvariantCulture.NumberFormat.Clone();
                (format.NumberDecimalSeparator, format.NumberGroupSeparator) = (point, thousands ?? "");
                string cell = number.ToString($"N{decimals}", format);
                var rules = new CellRules(comma == 1 ? "," : null, thousands, []);
                Assert.True(rules.TryParse(cell, out double value, out float rounded), cell);
                Assert.Equal((double)number, value);
                Assert.Equal((float)number, rounded);
            }, iter: 2_000);

    [Fact]
    public void LoadLike_FileWithoutKeys_IsReadWithTheMarksOfTraining()
    {
        var trained = TestData.Load(DecimalComma() with { Decimal = "," });
        var other = _folder.Source("b.csv", "x1;x2;label\n1,5;-2,25;0\n");
        var encoding = DataEncoding.FromJson(trained.Encoding.ToJson());
        Assert.Equal([1.5f, -2.25f], TestData.Row(DataSets.LoadLike(other, encoding, true, "fail", 0).Rows, 0));
    }

    [Theory]
    [InlineData(";", "decimal")]
    [InlineData(".", "thousands")]
    public void Load_MarksThatContradict_AreRefused(string mark, string key)
    {
        var source = DecimalComma();
        source = key == "decimal" ? source with { Decimal = mark } : source with { Thousands = mark };
        Assert.Contains($"{key} is '{mark}'", TestData.Fails(source).Message, StringComparison.Ordinal);
    }

    private DataSource DecimalComma() => _folder.Source("decimal.csv", "x1;x2;label\n" + Outcome.TwoClasses(
        (x1, x2, label) => $"{Outcome.Comma(x1)};{Outcome.Comma(x2)};{label}"));

    private DataSource Thousands() => _folder.Source("thousands.csv", "amount,x2,label\n" + Outcome.TwoClasses(
        (x1, x2, label) => string.Create(
            CultureInfo.InvariantCulture, $"\"{2000.5 + Math.Round(2000 * x1):N2}\",{x2:0.000},{label}")));
}
