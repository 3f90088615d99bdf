using System.Globalization;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Data.Input;
using CsCheck;
using Parquet;
using Parquet.Schema;
using Xunit;

namespace ClusterGd.Data.Tests.Tables;

/// <summary>Labels are what the file says, and classes are what can be learnt.</summary>
public sealed class LabelTests : IDisposable
{
    private static readonly string[] s_ids = ["760123456789012301", "760123456789012302", "760123456789012399"];
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("760123456789012301", "760123456789012302", "760123456789012399")]
    [InlineData("760123456789012301", "760123456789012302", "860123456789012399")]
    [InlineData("-1e30", "1e30", "1000000000000000000000000000001")]
    [InlineData("0.1000000000000000055511151231257827", "0.1", "0.10000000000000001")]
    public void Train_LongNumbersAsLabels_StayApart(string first, string second, string third)
    {
        var source = _folder.Source("a.csv", "x1,x2,x3,seller\n" + Outcome.ThreeClasses(first, second, third));
        Assert.Equal(3, TestData.Load(source, TargetKind.Class).DataSet.Schema.ClassNames.Length);
        Assert.Equal(1.0, Outcome.Of(source, "softmax")["accuracy"]);
    }

    [Theory]
    [InlineData("1", "1.0", "+1")]
    [InlineData("100", "1e2", "0100.00")]
    [InlineData("0", "-0", "0.0")]
    [InlineData("760123456789012301", "+760123456789012301.0", "7601234567890123.01e2")]
    public void Load_OneNumberWrittenInThreeWays_IsOneClass(string a, string b, string c)
    {
        var loaded = TestData.Load(
            _folder.Source("a.csv", $"x,y\n1,{a}\n2,{b}\n3,{c}\n4,2\n"), TargetKind.BinaryClass);
        Assert.Equal(2, loaded.DataSet.Schema.ClassNames.Length);
        Assert.Equal(loaded.DataSet.Train.Targets[0], loaded.DataSet.Train.Targets[2]);
    }

    [Fact]
    public void LibSvm_LongNumbersAsLabels_StayApartAndKeepTheirDigits()
    {
        string text = string.Concat(Enumerable.Range(0, 6).Select(i => $"{s_ids[i % 3]} 1:{i + 1}\n"));
        var loaded = TestData.Load(_folder.Source("a.libsvm", text), TargetKind.Class);
        Assert.Equal(s_ids, loaded.DataSet.Schema.ClassNames);
    }

    [Fact]
    public async Task Parquet_Int64DecimalAndCategory_StayApart()
    {
        var x = new DataField<int>("x");
        var id = new DataField<long>("id");
        var money = new DecimalDataField("money", 28, 10);
        string path = _folder.PathOf("a.parquet");
        await using (var file = File.Create(path))
        await using (var writer = await ParquetWriter.CreateAsync(new ParquetSchema(x, id, money), file))
        {
            using var group = writer.CreateRowGroup();
            await group.WriteAsync<int>(x, new[] { 1, 2, 3, 4, 5, 6 });
            await group.WriteAsync<long>(id, s_ids.Concat(s_ids).Select(long.Parse).ToArray());
            await group.WriteAsync<decimal>(
                money, Enumerable.Range(0, 6).Select(i => 76012345678901.2301m + i % 3 * 1e-10m).ToArray());
        }
        var byId = new DataSource { Path = path, Target = ["id"], Ignore = ["money"] };
        Assert.Equal(s_ids, TestData.Load(byId, TargetKind.Class).DataSet.Schema.ClassNames);
        var byMoney = new DataSource { Path = path, Target = ["money"], Ignore = ["id"] };
        Assert.Equal(3, TestData.Load(byMoney, TargetKind.Class).DataSet.Schema.ClassNames.Length);
        var category = new DataSource { Path = path, Target = ["x"], Ignore = ["money"], Categorical = ["id"] };
        Assert.Equal(s_ids.Select(i => $"id={i}"), TestData.Load(category).DataSet.Schema.FeatureNames);
    }

    /// <summary>Equal decimals are equal, others are not, and the order is that of the numbers.</summary>
    [Fact]
    public void DecimalNumber_AnyTwo_CompareAsDecimalsDo() =>
        Gen.Select(Gen.Int[-1_000, 1_000], Gen.Int[-1_000, 1_000], Gen.Int[0, 6], Gen.Int[0, 6], Gen.Int[-3, 3]).Sample(
            (a, b, zerosA, zerosB, exponent) =>
            {
                string textA = $"{a}.{new string('0', zerosA)}";
                string textB = $"{b}{new string('0', zerosB)}e{exponent - zerosB}";
                decimal scale = (decimal)Math.Pow(10, Math.Abs(exponent));
                decimal valueB = exponent < 0 ? b / scale : b * scale;
                Assert.True(DecimalNumber.TryParse(textA, out var numberA));
                Assert.True(DecimalNumber.TryParse(textB, out var numberB));
                Assert.Equal(((decimal)a).CompareTo(valueB), Math.Sign(numberA.CompareTo(numberB)));
                Assert.Equal(a == valueB, numberA == numberB);
                Assert.Equal((double)valueB, double.Parse(numberB.ToString(), CultureInfo.InvariantCulture));
            }, iter: 5_000);

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData(".")]
    [InlineData("1e")]
    [InlineData("1.2.3")]
    [InlineData("0x10")]
    [InlineData("NaN")]
    [InlineData("1 2")]
    [InlineData("1e999999999999")]
    public void DecimalNumber_OtherText_IsNoNumber(string text) => Assert.False(DecimalNumber.TryParse(text, out _));

    [Fact]
    public void Load_NoTargetNamed_IsNotedWithItsName()
    {
        var source = _folder.Source("a.csv", "a,b\n1,2\n3,4\n");
        Assert.Equal($"{source.Path}: the job names no target: it is the last column, 'b'; state target: to choose.",
            Assert.Single(TestData.Load(source).Notes));
        Assert.Empty(TestData.Load(source with { Target = ["b"] }).Notes);
        Assert.Empty(TestData.Load(source, TargetKind.None).Notes);
    }

    [Theory]
    [InlineData(TargetKind.Class)]
    [InlineData(TargetKind.BinaryClass)]
    public void Load_MoreClassesThanHalfOfTheRows_IsRefusedWithTheReason(TargetKind kind)
    {
        // The label is the first column; the last one, which is taken, is a measurement.
        string text = string.Concat(Enumerable.Range(0, 60).Select(i => string.Create(
            CultureInfo.InvariantCulture, $"{i % 2}.0,{Math.Sin(i):0.000000},{Math.Cos(3 * i):0.000000}\n")));
        var source = _folder.Source("first.csv", text);
        Assert.StartsWith(
            $"{source.Path}: 60 distinct labels of column '2' in 60 rows (", TestData.Fails(source, kind).Message,
            StringComparison.Ordinal);
        Assert.Equal(2, TestData.Load(source with { Target = ["0"] }, kind).DataSet.Schema.ClassNames.Length);
    }

    [Fact]
    public void Load_ClassesUpToHalfOfTheRows_AreAccepted()
    {
        string text = "x,y\n" + string.Concat(Enumerable.Range(0, 12).Select(i => $"{i * 3},{i % 6}\n"));
        var loaded = TestData.Load(_folder.Source("a.csv", text), TargetKind.Class);
        Assert.Equal(6, loaded.DataSet.Schema.ClassNames.Length);
    }
}
