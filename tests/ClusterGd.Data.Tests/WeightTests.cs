using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using Xunit;

namespace ClusterGd.Data.Tests;

/// <summary>Weights of rows: a column of a table, or a file beside LIBSVM and IDX.</summary>
public sealed class WeightTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Weight_ColumnOfATable_IsDividedByItsMeanAndIsNoFeature()
    {
        var source = _folder.Source("w.csv", "x,y,w\n1,0,1\n2,1,3\n3,1,0\n4,2,4\n");
        var loaded = TestData.Load(source with { Weight = "w" });
        Assert.Equal([0.5f, 1.5f, 0f, 2f], loaded.DataSet.Train.Weights.ToArray());
        Assert.Equal(["x"], loaded.Encoding.Schema.FeatureNames.ToArray());
        Assert.Equal([0f, 1, 1, 2], loaded.DataSet.Train.Targets.ToArray());
    }

    [Fact]
    public void Weight_OfSplitRows_HasMeanOneInEachSet()
    {
        var spec = new DataSpec
        {
            Train = _folder.Source("w.csv", "x,y,w\n1,0,1\n2,1,3\n3,1,5\n4,2,4\n") with { Weight = "w" },
            Split = new SplitSpec { Every = 2, Offset = 1 },
        };
        var data = DataSets.Load(spec, TargetKind.Number, 1).DataSet;
        Assert.Equal([1 / 3f, 5 / 3f], data.Train.Weights.ToArray());
        Assert.Equal([6 / 7f, 8 / 7f], data.Test!.Weights.ToArray());
    }

    [Fact]
    public void Weight_MissingInTheTestFile_IsToldInANote()
    {
        var train = _folder.Source("w.csv", "x,y,w\n1,0,1\n2,1,3\n") with { Target = ["y"], Weight = "w" };
        var spec = new DataSpec { Train = train, Test = train with { Path = _folder.Write("t.csv", "x,y\n1,0\n") } };
        var loaded = DataSets.Load(spec, TargetKind.Number, 1);
        Assert.True(loaded.DataSet.Test!.Weights.IsEmpty);
        Assert.Equal(
            $"{spec.Test.Path} has no column 'w': its rows weigh the same in the metrics.",
            Assert.Single(loaded.Notes));
    }

    [Fact]
    public void Weight_BadOnes_AreAllToldWithTheirLines()
    {
        var error = TestData.Fails(_folder.Source("w.csv", "x,y,w\n1,0,-1\n2,1,nan\n3,1,\n4,1,1\n5,1,x\n6,1,inf\n")
            with { Weight = "w" });
        Assert.Equal(6, error.Problems.Length);
        Assert.EndsWith(
            "w.csv:2: the weight 'w' is '-1', which is not a finite number of at least 0: mend it.", error.Problems[0],
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1,0,0\n2,1,0\n", "add up to 0")]
    [InlineData("1,0,1e308\n2,1,1e308\n", "add up to Infinity")]
    public void Weight_SumThatIsNoWeight_IsRefused(string rows, string problem) => Assert.Contains(
        problem, TestData.Fails(_folder.Source("w.csv", "x,y,w\n" + rows) with { Weight = "w" }).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Weight_UnknownColumn_IsRefusedWithTheNearest() => Assert.Contains(
        "weight names a column 'weigth', which is not there: did you mean 'weight'?",
        TestData.Fails(_folder.Source("w.csv", "x,y,weight\n1,0,1\n") with { Weight = "weigth" }).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Weights_FileBesideLibSvm_SkipsCommentsAndBadRows()
    {
        var spec = new DataSpec
        {
            Train = _folder.Source("a.svm", "# c\n1 1:1\n\nx 1:1\n2 1:2\n") with
            {
                Weights = _folder.WriteGzip("w.txt.gz", "1\n7\n\n3\n"u8.ToArray()),
            },
            OnBadRow = "quarantine",
        };
        Assert.Equal([0.5f, 1.5f], DataSets.Load(spec, TargetKind.Number, 1).DataSet.Train.Weights.ToArray());
    }

    [Fact]
    public void Weights_FileOfAnotherLength_IsRefusedWithBothCounts()
    {
        var source = _folder.Source("a.svm", "1 1:1\n2 1:2\n") with { Weights = _folder.Write("w.txt", "1\n") };
        Assert.Contains("w.txt has 1 weights, but", TestData.Fails(source).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_FileWithBadLines_NamesThemAll()
    {
        var source = _folder.Source("a.svm", "1 1:1\n") with { Weights = _folder.Write("w.txt", "-1\nx\n2\n") };
        var error = TestData.Fails(source);
        Assert.EndsWith("w.txt:2: the weight 'x' is not a finite number of at least 0.", error.Problems[1],
            StringComparison.Ordinal);
        Assert.Equal(3, error.Problems.Length);
    }

    [Fact]
    public void Weights_FileBesideIdx_IsRead()
    {
        var source = new DataSource
        {
            Path = _folder.Write("x-ubyte", [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 1, 5, 6]),
            Labels = _folder.Write("y-ubyte", [0, 0, 8, 1, 0, 0, 0, 2, 0, 1]),
            Weights = _folder.Write("w.txt", "2\n6\n"),
        };
        Assert.Equal([0.5f, 1.5f], TestData.Load(source).DataSet.Train.Weights.ToArray());
    }

    [Fact]
    public void Weights_NoneStated_ChangeNoContentHash()
    {
        var source = _folder.Source("w.csv", "x,y,w\n1,0,1\n2,1,1\n") with { Target = ["y"] };
        string plain = TestData.Load(source with { Ignore = ["w"] }).DataSet.ContentHash;
        Assert.Equal(plain, TestData.Load(source with { Group = "w" }).DataSet.ContentHash);
        Assert.NotEqual(plain, TestData.Load(source with { Weight = "w" }).DataSet.ContentHash);
    }

    [Fact]
    public void ClassTotals_OfWeightedRows_AreSumsOfWeights()
    {
        var source = _folder.Source("w.csv", "x,y,w\n1,a,1\n2,b,3\n3,b,4\n4,b,8\n") with { Weight = "w" };
        var schema = TestData.Load(source, TargetKind.BinaryClass).Encoding.Schema;
        Assert.Equal([0.25, 3.75], schema.ClassTotals.ToArray());
        Assert.Equal(
            [1.0, 3], TestData.Load(source with { Weight = null, Target = ["y"], Ignore = ["w"] },
                TargetKind.BinaryClass).Encoding.Schema.ClassTotals.ToArray());
    }
}
