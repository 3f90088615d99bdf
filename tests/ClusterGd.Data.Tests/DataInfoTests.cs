using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using Xunit;

namespace ClusterGd.Data.Tests;

public sealed class DataInfoTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Describe_LibSvm_CountsImplicitZeros()
    {
        var info = DataInfo.Describe(_folder.Source("a.libsvm", "1 1:2 3:-4\n-1 3:8\n1 1:x\n"));
        Assert.Equal(
            ("libsvm", 2, 3, 3L, 0.5), (info.Format, info.Rows, info.Features, info.StoredValues, info.Density));
        Assert.Equal(new FeatureDescription("1", 0, 2, 1, 0, 0), info.FeatureRanges[0]);
        Assert.Equal(new FeatureDescription("2", 0, 0, 0, 0, 0), info.FeatureRanges[1]);
        Assert.Equal(new FeatureDescription("3", -4, 8, 2, 0, 0), info.FeatureRanges[2]);
        Assert.Equal([new ClassCount("-1", 1), new ClassCount("1", 1)], info.Targets[0].Classes.ToArray());
        Assert.Equal("1", info.FirstRows[0].Target);
        Assert.Equal(
            [KeyValuePair.Create("1", "2"), KeyValuePair.Create("3", "-4")], info.FirstRows[0].Cells.ToArray());
        Assert.Equal(3, Assert.Single(info.BadRows).Line);
    }

    [Theory]
    [InlineData("a.svm", "1 0:1 3:2\n", "0", "indexBase: 0 (the smallest index is 0)")]
    [InlineData("a.svm", "1 qid:4 1:1\n2 1:1\n", "1", "group: ignore (1 rows have a qid)")]
    [InlineData("a.svm", "0,2 1:1\n1 1:2\n", "1", "loss: multiLabel (there are rows of several labels)")]
    [InlineData("a.svm", "1 17:1 2147483646:1\n", "1",
        "hashBuckets: 1048576 (there are larger indices than features that a model may have)")]
    [InlineData("a.svm", "1 17:1 60000000:1\n", "1",
        "hashBuckets: 1048576 (of 60,000,000 features at most 2 occur)")]
    [InlineData("a.csv", "x,Sample_Weight,y\n1,2,3\n", "x",
        "weight: Sample_Weight (the weight of each row, perhaps, by its name; read as a feature here)")]
    [InlineData("a.csv", "x,qid,y\n1,2,3\n", "x",
        "group: qid (a group of rows, perhaps, by its name; read as a feature here)")]
    public void Describe_FileThatNeedsAKey_SuggestsIt(string name, string text, string firstFeature, string suggestion)
    {
        var info = DataInfo.Describe(_folder.Source(name, text));
        Assert.Equal(firstFeature, info.FeatureRanges[0].Name);
        Assert.Contains(suggestion, info.Suggestions.Select(s => $"{s.Key}: {s.Value} ({s.Reason})"));
        Assert.Empty(info.BadRows);
    }

    [Fact]
    public void Describe_SeveralLabels_CountsEach()
    {
        var info = DataInfo.Describe(_folder.Source("a.svm", "0,2 1:1\n2 1:2\n"));
        Assert.Equal([new ClassCount("0", 1), new ClassCount("2", 2)], info.Targets[0].Classes.ToArray());
        Assert.Equal(["0,2", "2"], info.FirstRows.Select(row => row.Target));
    }

    [Fact]
    public void Describe_Csv_FindsTextAndMissing()
    {
        var info = DataInfo.Describe(_folder.Source("a.csv", "size;color;price\n1;red;2.5\n;blue;3.5\n3;red;6\n"));
        Assert.Equal((";", true, 3, 3), (info.Delimiter, info.HasHeader, info.Rows, info.Features));
        Assert.Equal(new FeatureDescription("size", 1, 3, 2, 1, 0), info.FeatureRanges[0]);
        Assert.Equal(new FeatureDescription("color", null, null, null, 0, 2), info.FeatureRanges[1]);
        Assert.Equal(("price", 2.5, 6.0, 4.0),
            (info.Targets[0].Name, info.Targets[0].Min, info.Targets[0].Max, info.Targets[0].Mean));
        Assert.Empty(info.Targets[0].Classes);
        Assert.Equal([KeyValuePair.Create("size", "?"), KeyValuePair.Create("color", "blue")],
            info.FirstRows[1].Cells.ToArray());
    }

    [Fact]
    public void Describe_CsvWithTextTarget_CountsClasses()
    {
        var info = DataInfo.Describe(_folder.Source("a.csv", "x,y\n1,no\n2,yes\n3,no\n"));
        Assert.Equal([new ClassCount("no", 2), new ClassCount("yes", 1)], info.Targets[0].Classes.ToArray());
        Assert.Equal("yes", info.FirstRows[1].Target);
    }

    [Fact]
    public void Describe_Idx_WorksWithoutLabels()
    {
        string path = _folder.Write("x.idx", [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 2, 0, 5, 3, 9]);
        var info = DataInfo.Describe(new DataSource { Path = path });
        Assert.Equal((2, 2), (info.Rows, info.Features));
        Assert.Equal(new FeatureDescription("1", 5, 9, 7, 0, 0), info.FeatureRanges[1]);
        Assert.Empty(info.Targets);
        Assert.Equal([KeyValuePair.Create("1", "5")], info.FirstRows[0].Cells.ToArray());
    }

    [Fact]
    public void Describe_MissingFile_IsRefused() =>
        Assert.Throws<InputException>(() => DataInfo.Describe(new DataSource { Path = _folder.PathOf("none.csv") }));

    [SkippableFact]
    public void Describe_Adult_ShowsItsColumns()
    {
        string? path = TestData.Find("misc/adult.train.csv.gz");
        Skip.If(path is null, TestData.AbsenceReason);
        var info = DataInfo.Describe(new DataSource { Path = path, MissingTokens = ["?"] });
        Assert.Equal(32_561, info.Rows);
        Assert.Equal(new ClassCount(">50K", 7_841), info.Targets[0].Classes[1]);
        Assert.Equal(1_836, info.FeatureRanges.Single(f => f.Name == "workclass").Missing);
        Assert.Equal((17.0, 90.0), (info.FeatureRanges[0].Min, info.FeatureRanges[0].Max));
        Assert.Empty(info.BadRows);
    }
}
