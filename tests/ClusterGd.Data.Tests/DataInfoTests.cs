using ClusterGd.Core.Jobs;
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
