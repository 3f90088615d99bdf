using System.Globalization;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using CsCheck;
using Xunit;

namespace ClusterGd.Data.Tests;

/// <summary>The keys of LIBSVM files: what indices count from, hashed indices, groups, several labels.</summary>
public sealed class LibSvmKeyTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("0", "1 0:5 1:7\n", new[] { 5f, 7 }, 0)]
    [InlineData("0", "1 1:7\n", new[] { 0f, 7 }, 0)]
    [InlineData("1", "1 1:5 2:7\n", new[] { 5f, 7 }, 1)]
    [InlineData("auto", "1 0:5 1:7\n", new[] { 5f, 7 }, 0)]
    [InlineData("auto", "1 1:5 2:7\n", new[] { 5f, 7 }, 1)]
    public void IndexBase_Stated_IsTheFirstColumn(string indexBase, string text, float[] row, int kept)
    {
        var loaded = TestData.Load(_folder.Source("a.libsvm", text) with { IndexBase = indexBase });
        Assert.Equal(row, TestData.Row(loaded.DataSet.Train, 0));
        Assert.Equal(kept, loaded.Encoding.IndexBase);
        Assert.Equal(kept, DataEncoding.FromJson(loaded.Encoding.ToJson()).IndexBase);
    }

    [Theory]
    [InlineData("1 0:5 1:7\n", "1 1:9\n", new[] { 0f, 9 })]
    [InlineData("1 1:5 2:7\n", "1 2:9\n", new[] { 0f, 9 })]
    public void IndexBaseAuto_TestRows_AreReadAsTheTrainingRows(string train, string test, float[] row)
    {
        var source = _folder.Source("a.libsvm", train) with { IndexBase = "auto" };
        var other = source with { Path = _folder.Write("b.libsvm", test) };
        var loaded = DataSets.Load(new DataSpec { Train = source, Test = other }, TargetKind.Number, 1);
        Assert.Equal(row, TestData.Row(loaded.DataSet.Test!, 0));
        var (again, _) = DataSets.LoadLike(other, loaded.Encoding, true, "fail", 0);
        Assert.Equal(row, TestData.Row(again, 0));
    }

    [Fact]
    public void IndexBaseAuto_IndexZeroInTheTestRowsAlone_IsRefusedWithTheKey()
    {
        var source = _folder.Source("a.libsvm", "1 1:5\n") with { IndexBase = "auto" };
        var spec = new DataSpec { Train = source, Test = source with { Path = _folder.Write("b.libsvm", "1 0:9\n") } };
        var error = Assert.Throws<InputException>(() => DataSets.Load(spec, TargetKind.Number, 1));
        Assert.Contains("b.libsvm:1: index 0, but the training rows' indices begin at 1", error.Message,
            StringComparison.Ordinal);
        Assert.Contains("state indexBase: 0", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void IndexBase_AnotherForTestRows_IsRefused()
    {
        var source = _folder.Source("a.libsvm", "1 1:5\n");
        var test = source with { IndexBase = "0" };
        var error = Assert.Throws<InputException>(
            () => DataSets.Load(new DataSpec { Train = source, Test = test }, TargetKind.Number, 1));
        Assert.Contains("indexBase is 0, but 1 in training: leave it out.", error.Message, StringComparison.Ordinal);
    }

    /// <summary>The same rows counted from 0 and from 1 are the same data.</summary>
    [Fact]
    public void IndexBase_SameRowsCountedFromEither_HaveTheSameContent() =>
        Gen.SortedDictionary(Gen.Int[0, 40], Gen.Float[-9, 9])[1, 8].Array[1, 9].Sample(rows =>
        {
            using var folder = new TempFolder();
            string Text(int first) => string.Concat(rows.Select(row => "1" + string.Concat(
                row.Select(x => string.Create(CultureInfo.InvariantCulture, $" {x.Key + first}:{x.Value:R}"))) + "\n"));
            var zero = folder.Source("0.svm", Text(0)) with { IndexBase = "0", Features = 50 };
            var one = folder.Source("1.svm", Text(1)) with { Features = 50 };
            Assert.Equal(TestData.Load(one).DataSet.ContentHash, TestData.Load(zero).DataSet.ContentHash);
        }, iter: 100);

    [Fact]
    public void HashBuckets_AnyIndex_GoesToOneBucketOnEveryMachine()
    {
        const string Text = "1 17:1 2147483646:2 18446744073709551615:4\n";
        var source = _folder.Source("h.svm", Text) with { HashBuckets = 1000 };
        var rows = Assert.IsType<SparseRows>(TestData.Load(source).DataSet.Train);
        Assert.Equal(1000, rows.FeatureCount);
        Assert.Equal(ExpectedBuckets(1000, 17, 2147483646, ulong.MaxValue), rows.ColumnsOf(0).ToArray());
    }

    [Fact]
    public void HashBuckets_IndicesThatMeet_AddUp()
    {
        var source = _folder.Source("h.svm", "1 1:1 2:2 3:4\n0 5:8\n") with { HashBuckets = 1 };
        var loaded = TestData.Load(source);
        Assert.Equal([7f], TestData.Row(loaded.DataSet.Train, 0));
        var other = source with { Path = _folder.Write("other.svm", "1 999999999999:3\n") };
        var (rows, _) = DataSets.LoadLike(other with { HashBuckets = 0 }, loaded.Encoding, true, "fail", 0);
        Assert.Equal([3f], TestData.Row(rows, 0));
    }

    [Theory]
    [InlineData("1 5:1 5:2\n", "is a duplicate")]
    [InlineData("1 18446744073709551615:1 5:2\n", "no index comes after the largest")]
    [InlineData("1 18446744073709551616:1\n", "is beyond 18446744073709551615")]
    public void HashBuckets_BadIndices_AreRefused(string text, string problem) => Assert.Contains(
        problem, TestData.Fails(_folder.Source("h.svm", text) with { HashBuckets = 8 }).Message,
        StringComparison.Ordinal);

    [Fact]
    public void HashBuckets_BesideFeatures_IsRefused() => Assert.Contains(
        "features means nothing beside hashBuckets",
        TestData.Fails(_folder.Source("h.svm", "1 1:1\n") with { HashBuckets = 8, Features = 3 }).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Group_Ignored_IsLeftOutWithANote()
    {
        var source = _folder.Source("q.svm", "2 qid:1 1:1\n1 qid:1 2:1\n0 1:1\n") with { Group = "ignore" };
        var loaded = TestData.Load(source);
        Assert.Equal(2, loaded.DataSet.Train.FeatureCount);
        Assert.Equal(
            $"{source.Path}: 2 rows name the group that they belong to (qid), which is not used (group: ignore).",
            Assert.Single(loaded.Notes));
        var (rows, _) = DataSets.LoadLike(source with { Group = null }, loaded.Encoding, true, "fail", 0);
        Assert.Equal(3, rows.Count);
    }

    [Fact]
    public void Group_AnotherWord_IsRefused() => Assert.Contains(
        "group is 'query': for the format libsvm it must be ignore",
        TestData.Fails(_folder.Source("q.svm", "2 qid:1 1:1\n") with { Group = "query" }).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Group_OfATable_IsNoFeature()
    {
        var loaded = TestData.Load(_folder.Source("g.csv", "query,x,y\n7,1,2\n8,3,4\n") with { Group = "query" });
        Assert.Equal(["x"], loaded.Encoding.Schema.FeatureNames.ToArray());
    }

    [Fact]
    public void Labels_Several_AreOneTargetEach()
    {
        var source = _folder.Source("m.svm", "2,0 1:1\n1 1:2\n 1:3\n0, 1:4\n");
        var data = TestData.Load(source, TargetKind.Labels).DataSet;
        Assert.Equal(["0", "1", "2"], data.Schema.ClassNames.ToArray());
        Assert.Equal(3, data.Schema.TargetCount);
        Assert.Equal([1f, 0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0], data.Train.Targets.ToArray());
    }

    [Fact]
    public void Labels_TestRowWithAnother_IsABadRow()
    {
        var spec = new DataSpec
        {
            Train = _folder.Source("m.svm", "2,0 1:1\n"), Test = _folder.Source("n.svm", "2 1:1\n2,3 1:1\n"),
            OnBadRow = "quarantine",
        };
        var loaded = DataSets.Load(spec, TargetKind.Labels, 1);
        Assert.Equal([0f, 1], loaded.DataSet.Test!.Targets.ToArray());
        Assert.Contains("the label '3' is none of the 2 classes", Assert.Single(loaded.Quarantined).Reason,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_ColumnsOfATable_AreOneTargetEach()
    {
        var source = _folder.Source("m.csv", "x,red,round\n1,0,1\n2,1,1\n") with { Target = ["red", "round"] };
        var data = TestData.Load(source, TargetKind.Labels).DataSet;
        Assert.Equal(["red", "round"], data.Schema.ClassNames.ToArray());
        Assert.Equal([0f, 1, 1, 1], data.Train.Targets.ToArray());
        Assert.Contains("2 targets, but a class needs exactly one: name one, or train one output a label",
            TestData.Fails(source, TargetKind.BinaryClass).Message, StringComparison.Ordinal);
        var bad = source with { Path = _folder.Write("n.csv", "x,red,round\n1,0,2\n") };
        Assert.Contains("the label 'round' is '2'", TestData.Fails(bad, TargetKind.Labels).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void LibSvm_BinaryFile_IsNoTextAndShowsNoByteOfIt()
    {
        byte[] bytes = [.. Enumerable.Range(0, 200).Select(i => (byte)(i * 37 + 1))];
        var error = TestData.Fails(new DataSource { Path = _folder.Write("some.libsvm", bytes) });
        Assert.Contains("is no text (", Assert.Single(error.Problems), StringComparison.Ordinal);
    }

    private static int[] ExpectedBuckets(int buckets, params ulong[] indices) =>
    [
        .. indices.Select(index =>
        {
            System.Numerics.BigInteger hash = 14695981039346656037, size = System.Numerics.BigInteger.One << 64;
            for (int i = 0; i < 8; i++) hash = (hash ^ ((index >> (8 * i)) & 255)) * 1099511628211 % size;
            return (int)(uint)((hash ^ (hash >> 32)) % (1UL << 32) % buckets);
        }).Order(),
    ];
}
