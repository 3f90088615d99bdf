using System.Text;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using Xunit;

namespace ClusterGd.Data.Tests.Tables;

/// <summary>Headers, delimiters and ends of lines as tools write them.</summary>
public sealed class CsvShapeTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("x1|x2|label|\n", "|")]
    [InlineData("x1|x2|label\n", "|")]
    [InlineData("", "|")]
    public void Train_LinesThatEndWithTheDelimiter_SeparateTheClasses(string header, string end)
    {
        var source = _folder.Source("a.csv", header + Outcome.TwoClasses(
            (x1, x2, label) => $"{Outcome.Text(x1)}|{Outcome.Text(x2)}|{label}{end}")) with { Delimiter = "|" };
        Assert.Equal(1.0, Outcome.Of(source, "logistic")["accuracy"]);
        Assert.Contains($"{source.Path}: each line ends with '|': the empty column after it is left out.",
            TestData.Load(source).Notes);
    }

    [Fact]
    public void Load_ValueAfterTheLastDelimiter_IsABadRow()
    {
        string text = "a,b,\n" + string.Concat(Enumerable.Repeat("1,2,\n", 1_500)) + "1,2,3\n";
        Assert.Contains(":1502: '3' stands in a column after the last", TestData.Fails(_folder.Source("a.csv", text))
            .Problems[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sep=;\n")]
    [InlineData("sep=;\r\n")]
    [InlineData("\"sep=;\"\n")]
    [InlineData("\uFEFFSEP=;\n")]
    public void Train_ExcelsFirstLine_IsHeeded(string first)
    {
        var source = _folder.Source("a.csv", first + "x1;x2;label\n" + Outcome.TwoClasses(
            (x1, x2, label) => $"{Outcome.Text(x1)};{Outcome.Text(x2)};{label}"));
        Assert.Equal(1.0, Outcome.Of(source, "logistic")["accuracy"]);
        Assert.Equal(40, TestData.Load(source).DataSet.Train.Count);
    }

    [Fact]
    public void Load_CommentAboveTheNames_IsToldAsOne()
    {
        var source = _folder.Source("a.csv", "# made by x\n# second\na,y\n1,2\n3,4\n");
        Assert.Equal(
            $"{source.Path}: the first line begins with '#' and has not as many columns as those below, so it looks " +
            "like a comment; comments are not left out: remove such lines, for example with sed '/^#/d'.",
            TestData.Fails(source).Problems[0]);
    }

    /// <summary>As some tools write names.</summary>
    [Fact]
    public void Load_NamesThatBeginWithAHash_AreNames()
    {
        var data = TestData.Load(_folder.Source("a.csv", "#a,b,y\n1,2,3\n")).DataSet;
        Assert.Equal("#a b", string.Join(' ', data.Schema.FeatureNames));
    }

    [Fact]
    public void Load_BadRowAfterExcelsFirstLine_IsToldByItsLine() => Assert.Contains(
        "a.csv:4: column 'a' holds 'x'", TestData.Fails(_folder.Source("a.csv", "sep=|\na|y\n1|2\nx|3\n")).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("   1.0   2.5\t3\n 4.0\t \t5.5   6  \n")]
    [InlineData("1.0 2.5 3\r\n4.0  5.5  6\r\n")]
    [InlineData("\n1.0\t2.5   3\n\n4.0 5.5 6")]
    public void Load_RunsOfBlanks_SeparateColumns(string text)
    {
        var train = TestData.Load(_folder.Source("a.csv", text) with { Delimiter = "blanks" }).DataSet.Train;
        Assert.Equal([1f, 2.5f], TestData.Row(train, 0));
        Assert.Equal([4f, 5.5f], TestData.Row(train, 1));
        Assert.Equal([3f, 6f], train.Targets.ToArray());
    }

    [Fact]
    public void Load_QuotedWordsBetweenBlanks_StayWhole()
    {
        var source = _folder.Source(
            "a.csv", "18.0   8   \"chevrolet  \"\"x\"\" malibu\"\n15.0   9   \"ford  torino\"\n");
        var schema = TestData.Load(source with { Delimiter = "blanks", Target = ["0"], Categorical = ["2"] })
            .DataSet.Schema;
        Assert.Equal(["1", "2=chevrolet  \"x\" malibu", "2=ford  torino"], schema.FeatureNames.ToArray());
    }

    [Theory]
    [InlineData("0,1,2,3\n")]
    [InlineData(",0,1,2,3\n")]
    public void Train_HeaderThatCounts_IsNoRow(string header)
    {
        int row = 0;
        string rows = Outcome.ThreeClasses("2", "5", "9");
        if (header[0] == ',') rows = string.Concat(rows.Split('\n')[..^1].Select(line => $"{row++},{line}\n"));
        var source = _folder.Source("a.csv", header + rows);
        var loaded = TestData.Load(source, TargetKind.Class);
        Assert.Equal((36, 3), (loaded.DataSet.Train.Count, loaded.DataSet.Schema.ClassNames.Length));
        Assert.Contains(loaded.Notes, n => n.Contains("the first line counts (", StringComparison.Ordinal));
        if (header[0] != ',') Assert.Equal(1.0, Outcome.Of(source, "softmax")["accuracy"]);
    }

    [Fact]
    public void Load_ClassOfTheFirstLineAlone_IsRefused()
    {
        var source = _folder.Source("a.csv", "10,20,30,40\n" + Outcome.ThreeClasses("2", "5", "9"));
        Assert.Contains("the label '40' occurs only in the first line, which may hold names: state header: true",
            TestData.Fails(source, TargetKind.Class).Message, StringComparison.Ordinal);
        Assert.Equal(3, ClassesOf(source with { Header = true }));
        Assert.Equal(4, ClassesOf(source with { Header = false }));

        static int ClassesOf(DataSource source) =>
            TestData.Load(source, TargetKind.Class).DataSet.Schema.ClassNames.Length;
    }

    [Fact]
    public void Load_YearsAndAWordInTheHeader_AreNames()
    {
        var loaded = TestData.Load(_folder.Source("a.csv", "2019,2020,label\n1.5,2.5,3\n4,5,6\n"));
        Assert.Equal(["2019", "2020"], loaded.DataSet.Schema.FeatureNames.ToArray());
        Assert.Contains(
            loaded.Notes, n => n.Contains("'label' is the only word in its column", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(",x,y\n", "column '0' only counts the rows")]
    [InlineData("id,x,y\n", "column 'id' only counts the rows")]
    public void Load_ColumnThatCountsRows_IsNoted(string header, string note)
    {
        string rows = string.Concat(Enumerable.Range(0, 9).Select(i => $"{i},{i * i % 5},{i % 2}\n"));
        Assert.Contains(TestData.Load(_folder.Source("a.csv", header + rows)).Notes,
            n => n.Contains(note, StringComparison.Ordinal));
    }

    [Fact]
    public void Load_RowNamesWithoutAName_AreRefusedWithTheReason() => Assert.Contains(
        "each row has 3 fields and the first line 2 names",
        TestData.Fails(_folder.Source("a.csv", "x,y\n\"1\",2,3\n\"2\",4,5\n")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    public void Load_Utf16_IsRefusedWithTheWayToConvertIt(string encoding)
    {
        var utf16 = Encoding.GetEncoding(encoding);
        byte[] text = [.. utf16.GetPreamble(), .. utf16.GetBytes("a,y\n1,2\n")];
        foreach (string name in new[] { "a.csv", "a.data" })
        {
            Assert.Contains("iconv -f UTF-16 -t UTF-8",
                TestData.Fails(new DataSource { Path = _folder.Write(name, text) }).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Load_DecimalCommaAndSemicolonWithoutHeader_IsCutAtSemicolons()
    {
        var source = _folder.Source("a.csv", "1,5;2,5;0\n3,5;4,5;1\n") with { Decimal = "," };
        Assert.Equal([1.5f, 2.5f], TestData.Row(TestData.Load(source).DataSet.Train, 0));
    }
}
