using System.Globalization;
using ClusterGd.Core.Jobs;
using CsCheck;
using Xunit;

namespace ClusterGd.Data.Tests.Tables;

/// <summary>Advice in an error never makes things worse.</summary>
public sealed class AdviceTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_ColumnsOfWords_AreNamedTogetherWithTheLineToPaste()
    {
        var source = Passengers();
        var problems = TestData.Fails(source).Problems;
        Assert.Equal(
            $"{source.Path}: columns 'sex', 'the port': words, each in several rows: " +
            "add categorical: [sex, 'the port'].", problems[0]);
        Assert.Equal(
            $"{source.Path}: column 'name': another word in most rows, which tells nothing of others; column 'born': " +
            "dates, of use only as a number of days or seconds; column 'fare': numbers with a sign, of use only " +
            "without it; column 'cabin': no value in any row: add ignore: [name, born, fare, cabin].", problems[1]);
    }

    [Fact]
    public void Load_WithWhatTheErrorAdvises_Works()
    {
        var source = Passengers() with
        {
            Categorical = ["sex", "the port"], Ignore = ["name", "born", "fare", "cabin"],
        };
        Assert.Equal(1.0, Outcome.Of(source, "logistic")["accuracy"]);
    }

    [Fact]
    public void Load_WordsInOneColumnOfManyDeclared_KeepsTheDeclaredInTheLine() => Assert.Contains(
        "add categorical: [a, b].", TestData.Fails(_folder.Source("a.csv", "a,b,y\nu,v,1\nu,v,2\nw,v,3\nw,v,4\n") with
        {
            Categorical = ["a"],
        }).Message, StringComparison.Ordinal);

    /// <summary>Whatever a column of mostly distinct cells holds, no error advises a feature for each.</summary>
    [Fact]
    public void Load_MostlyDistinctWords_NeverAdvisesCategorical() =>
        Gen.Select(Gen.Int[20, 60], Gen.Int[0, 4], Gen.Int[0, 1_000]).Sample((rows, kind, seed) =>
        {
            using var folder = new TempFolder();
            var random = new Random(seed);
            string Cell(int i) => kind switch
            {
                0 => $"person {i}",
                1 => $"\"{random.Next(1, 999)},{random.Next(100, 999)}.{random.Next(10, 99)}\"",
                2 => $"{random.Next(1, 99)} kg",
                3 => new DateTime(2000, 1, 1).AddDays(i).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                _ => $"x{random.Next(0, 1_000_000)}",
            };
            var lines = Enumerable.Range(0, rows).Select(i => $"{i % 7},{Cell(i)},{i % 2}\n");
            string text = "a,b,y\n" + string.Concat(lines);
            bool isDistinct = text.Split('\n').Skip(1).Distinct().Count() > rows / 2 && kind != 2;
            if (!isDistinct) return;
            var error = TestData.Fails(folder.Source("a.csv", text));
            Assert.DoesNotContain("categorical", error.Message, StringComparison.Ordinal);
        }, iter: 200);

    [Fact]
    public void Describe_DecimalComma_IsSuggestedAndReadWith()
    {
        var info = DataInfo.Describe(_folder.Source("a.csv", "x1;x2;label\n" + Outcome.TwoClasses(
            (x1, x2, label) => $"{Outcome.Comma(x1)};{Outcome.Comma(x2)};{label}")));
        Assert.Equal("','", info.Suggestions.Single(s => s.Key == "decimal").Value);
        Assert.Equal((40, 2, "x1", -0.994), (
            info.Rows, info.Features, info.FeatureRanges[0].Name, info.FeatureRanges[0].Min));
        Assert.Empty(info.BadRows);
    }

    [Fact]
    public void Describe_WideFile_CountsAllColumns()
    {
        var info = DataInfo.Describe(_folder.Source("a.libsvm", "1 1:1 1500000:2\n2 3:1\n"));
        Assert.Equal((1_500_000, DataInfo.FeaturesDescribedMax), (info.ColumnCount, info.FeatureRanges.Length));
    }

    [Fact]
    public void Describe_LongIds_AreCountedAsTheFileHasThem()
    {
        var info = DataInfo.Describe(_folder.Source("a.csv", "x1,x2,x3,seller\n" + Outcome.ThreeClasses(
            "760123456789012301", "760123456789012302", "760123456789012399")));
        Assert.Equal(
            ["760123456789012301", "760123456789012302", "760123456789012399"],
            info.Targets[0].Classes.Select(c => c.Name));
    }

    private DataSource Passengers() => _folder.Source("people.csv",
        "name,sex,age,the port,born,fare,cabin,survived\n" + string.Concat(Enumerable.Range(0, 40).Select(i =>
            $"\"Person, {i}\",{(i % 2 == 0 ? "male" : "female")},{20 + i % 9},{"SCQ"[i % 3]},1990-01-{1 + i % 28:00}," +
            $"${i}.50,,{i % 2}\n")));
}
