using System.Globalization;
using ClusterGd.Core.Jobs;
using ClusterGd.Data.Reading;
using CsCheck;
using Xunit;

namespace ClusterGd.Data.Tests.Tables;

/// <summary>Numbers are rounded to floats once, after all that is computed with them.</summary>
public sealed class PrecisionTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Train_UnixSecondsStandardised_FitsALine()
    {
        var metrics = Outcome.Of(Seconds(2_000) with { Standardize = true }, "squared", 0.1, 200, 500);
        Assert.InRange(metrics["rmse"], 0, 0.01);
    }

    [Fact]
    public void Load_DistinctValuesThatBecomeOneFloat_AreNoted()
    {
        var source = Seconds(200);
        Assert.Contains(TestData.Load(source).Notes, n => n.StartsWith(
            $"{source.Path}: column 'time' has distinct values that are one as 32-bit numbers, such as 1700000",
            StringComparison.Ordinal));
        Assert.DoesNotContain(TestData.Load(source with { Standardize = true }).Notes, IsOfRounding);
    }

    [Theory]
    [InlineData("x,y\n16777216,1\n16777217,2\n", true)]
    [InlineData("x,y\n16777217,1\n16777216,2\n", true)]
    [InlineData("x,y\n2459000.501,1\n2459000.502,2\n2459001,3\n", true)]
    [InlineData("x,y\n0.1,1\n0.2,2\n0.3,3\n", false)]
    [InlineData("x,y\n0.12345678901,1\n0.12345678902,2\n0.9,3\n", false)]
    [InlineData("x,y\n16777216,1\n16777218,2\n", false)]
    [InlineData("x,y\n1,1700000000\n2,1700000001\n", true)]
    public void Load_NumbersBeyondAFloat_AreNotedWhereItMatters(string text, bool isNoted) =>
        Assert.Equal(isNoted, TestData.Load(_folder.Source("a.csv", text)).Notes.Any(IsOfRounding));

    /// <summary>The feature is the exact standardised value, rounded once; a float first would be off.</summary>
    [Fact]
    public void Load_AnyStandardisedColumn_IsRoundedOnce() =>
        Gen.Select(Gen.Double[-1e12, 1e12], Gen.Double[1e-3, 1e3].Array[2, 30]).Sample((offset, steps) =>
        {
            double[] column = [.. steps.Select(s => offset + s)];
            using var folder = new TempFolder();
            var lines = column.Select(x => x.ToString("R", CultureInfo.InvariantCulture) + ",1\n");
            string text = "x,y\n" + string.Concat(lines);
            var train = TestData.Load(folder.Source("a.csv", text) with { Standardize = true }).DataSet.Train;
            var (mean, deviation) = Moments.Of(column.Length, i => column[i]);
            for (int i = 0; i < column.Length; i++)
            {
                Assert.Equal((float)((column[i] - mean) / deviation), TestData.Row(train, i)[0]);
            }
        }, iter: 200);

    /// <summary>Without anything to compute, a number is the float nearest to its text, as it always was.</summary>
    [Fact]
    public void TryParse_AnyNumber_RoundsToTheNearestFloat() =>
        Gen.Select(Gen.UInt[0, 1u << 30], Gen.Int[0, 60]).Sample((bits, digits) =>
        {
            // Half-way between two floats and a little beside it.
            float low = BitConverter.UInt32BitsToSingle(bits & 0x7F7F_FFFE), high = MathF.BitIncrement(low);
            string text = (((double)low + high) / 2).ToString("E" + digits, CultureInfo.InvariantCulture);
            Assert.True(CellRules.Default.TryParse(text, out double value, out float rounded));
            Assert.Equal(float.Parse(text, CultureInfo.InvariantCulture), rounded);
            Assert.Equal(double.Parse(text, CultureInfo.InvariantCulture), value);
        }, iter: 5_000);

    [Fact]
    public void Idx_Integers_AreStandardisedInDouble()
    {
        byte[] header = [0, 0, 0xC, 2, 0, 0, 0, 3, 0, 0, 0, 1];
        byte[] seconds = [0x65, 0x53, 0xF1, 0, 0x65, 0x53, 0xF1, 1, 0x65, 0x53, 0xF1, 2];
        var source = new DataSource
        {
            Path = _folder.Write("x.idx", [.. header, .. seconds]),
            Labels = _folder.Write("y.idx", [0, 0, 8, 1, 0, 0, 0, 3, 1, 2, 3]),
            Standardize = true,
        };
        var train = TestData.Load(source).DataSet.Train;
        Assert.Equal([-1.2247449f, 0f, 1.2247449f], Enumerable.Range(0, 3).Select(i => TestData.Row(train, i)[0]));
    }

    private DataSource Seconds(int rows) => _folder.Source("time.csv", "time,y\n" + string.Concat(
        Enumerable.Range(0, rows).Select(i => string.Create(
            CultureInfo.InvariantCulture, $"{1_700_000_000 + i},{0.5 * i:0.0}\n"))));

    private static bool IsOfRounding(string note) => note.Contains("one as 32-bit numbers", StringComparison.Ordinal);
}
