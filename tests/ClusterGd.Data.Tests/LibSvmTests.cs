using System.Globalization;
using System.Text;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using CsCheck;
using Xunit;

namespace ClusterGd.Data.Tests;

public sealed class LibSvmTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void LibSvm_CommentsBlankAndEmptyRows_AreReadAsMeant()
    {
        var rows = Read("# a comment\n1.5 1:2 40:-0.25 # more\n\n-3\r\n0 2:1e-3\t3:+4\n");
        Assert.IsType<SparseRows>(rows);
        Assert.Equal(3, rows.Count);
        Assert.Equal(40, rows.FeatureCount);
        Assert.Equal(4, rows.StoredCount);
        Assert.Equal([1.5f, -3f, 0f], rows.Targets.ToArray());
        Assert.Equal([], ((SparseRows)rows).ColumnsOf(1).ToArray());
        Assert.Equal([1, 2], ((SparseRows)rows).ColumnsOf(2).ToArray());
        Assert.Equal([0.001f, 4f], ((SparseRows)rows).ValuesOf(2).ToArray());
    }

    [Fact]
    public void LibSvm_AtLeastHalfIsStored_BecomesDense()
    {
        var row = string.Join(' ', Enumerable.Range(1, 16).Select(i => $"{i}:{i}"));
        var rows = Assert.IsType<DenseRows>(Read($"1 {row}\n2 {row}\n"));
        Assert.Equal(Enumerable.Range(1, 16).Select(i => (float)i), rows.Row(1).ToArray());
    }

    [Fact]
    public void LibSvm_NoNewlineAtEnd_KeepsTheLastRow() => Assert.Equal(2, Read("1 1:1\n2 1:2").Count);

    [Theory]
    [InlineData("1 0:1", 3, "index 0 in '0:1': indices begin at 1. Where the file counts from 0, state indexBase: 0 " +
        "(or auto) for the training file.")]
    [InlineData("1 2:1 2:3", 7, "index 2 in '2:3' is a duplicate: each may occur once a row.")]
    [InlineData("1 5:1 2:3", 7, "index 2 in '2:3' comes after 5: indices must ascend.")]
    [InlineData("1 2:NaN", 5, "the value 'NaN' of feature 2 is not a finite 32-bit number.")]
    [InlineData("1 2:1e40", 5, "the value '1e40' of feature 2 is not a finite 32-bit number.")]
    [InlineData("1 2:", 5, "the value '' of feature 2 is not a finite 32-bit number.")]
    [InlineData("1 2:3:4", 5, "the value '3:4' of feature 2 is not a finite 32-bit number.")]
    [InlineData("1 qid:3", 3, "'qid:3' is the query that a row of a ranking file belongs to, and no ranking loss is " +
        "there to use it: leave it out with group: ignore, or remove it.")]
    [InlineData("1 1:1 qid:3", 7, "'qid:3' is not index:value.")]
    [InlineData("1,2 1:1", 1, "'1,2' is several labels a row: train one output a label with loss: multiLabel, or " +
        "keep one label a row; a decimal comma must be a point.")]
    [InlineData("1 7", 3, "'7' is not index:value.")]
    [InlineData("2:1", 1, "the row has no label: begin the line with it, before '2:1'.")]
    [InlineData("x 2:1", 1, "the label 'x' is not a number.")]
    [InlineData("nan 2:1", 1, "the label 'nan' is not a finite number.")]
    [InlineData("1 100000001:1", 3, "index in '100000001:1' is beyond 100,000,000: at most 100,000,000 features are " +
        "allowed, so hash the indices into fewer, for example hashBuckets: 1048576.")]
    [InlineData("1 4294967297:1", 3, "index in '4294967297:1' is beyond 100,000,000: at most 100,000,000 features " +
        "are allowed, so hash the indices into fewer, for example hashBuckets: 1048576.")]
    [InlineData("1 99999999999999999999:1", 3, "index in '99999999999999999999:1' is beyond 18446744073709551615, " +
        "the largest that can be read.")]
    [InlineData("1 18446744073709551617:1", 3, "index in '18446744073709551617:1' is beyond 18446744073709551615, " +
        "the largest that can be read.")]
    [InlineData("1 3:1 18446744073709551620:1", 7, "index in '18446744073709551620:1' is beyond " +
        "18446744073709551615, the largest that can be read.")]
    public void LibSvm_BadLine_IsRefusedWithLineAndColumn(string line, int column, string reason)
    {
        var source = _folder.Source("bad.libsvm", $"1 1:1\n{line}\n1 1:1\n");
        var error = TestData.Fails(source);
        Assert.Equal($"{source.Path}:2:{column}: {reason}", error.Problems[0]);
        Assert.StartsWith("Mend the row, or let", Assert.Single(error.Problems.Skip(1)), StringComparison.Ordinal);
    }

    [Fact]
    public void LibSvm_SeveralBadLines_AreNamedTogether()
    {
        var error = TestData.Fails(_folder.Source("bad.libsvm", "1 0:1\n1 1:1\n1 1:x\n"));
        Assert.Equal(3, error.Problems.Length);
    }

    [Fact]
    public void LibSvm_ManyBadLines_AreNamedUpToTenAndSaidToBeTheFirst()
    {
        var error = TestData.Fails(_folder.Source("bad.libsvm", string.Concat(Enumerable.Repeat("1 0:1\n", 30))));
        Assert.Equal(11, error.Problems.Length);
        Assert.StartsWith("Mend these first 10 rows and those after", error.Problems[10], StringComparison.Ordinal);
    }

    [Fact]
    public void LibSvm_BadLinesQuarantined_AreLeftOutAndListed()
    {
        var source = _folder.Source("some.libsvm", "1 1:1\n1 1:1 2:2 1:1\n3 2:5\n");
        var spec = new DataSpec { Train = source, OnBadRow = "quarantine", BadRowsMax = 1 };
        var loaded = DataSets.Load(spec, TargetKind.Number, 1);
        Assert.Equal([1f, 3f], loaded.DataSet.Train.Targets.ToArray());
        Assert.Equal([0f, 5f], TestData.Row(loaded.DataSet.Train, 1));
        Assert.Equal(new BadRow(source.Path, 2, 11, "index 1 in '1:1' comes after 2: indices must ascend."),
            Assert.Single(loaded.Quarantined));
    }

    [Fact]
    public void LibSvm_MoreBadLinesThanAllowed_FailsWithTheFirst()
    {
        var source = _folder.Source("some.libsvm", "1 1:1\nx 1:1\nx 1:1\n");
        var error = Assert.Throws<InputException>(() => DataSets.Load(
            new DataSpec { Train = source, OnBadRow = "quarantine", BadRowsMax = 1 }, TargetKind.Number, 1));
        Assert.StartsWith("More than 1 bad rows", error.Problems[0], StringComparison.Ordinal);
        Assert.StartsWith($"{source.Path}:2:1:", error.Problems[1], StringComparison.Ordinal);
    }

    [Fact]
    public void LibSvm_FeaturesStated_WidensTheRowsAndBoundsTheIndices()
    {
        var source = _folder.Source("wide.libsvm", "1 3:1\n");
        Assert.Equal(9, TestData.Load(source with { Features = 9 }).DataSet.Train.FeatureCount);
        Assert.Contains(
            "beyond 2: features is 2.", TestData.Fails(source with { Features = 2 }).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LibSvm_TestFileWithMoreFeatures_IsRefusedWithBothCounts()
    {
        var spec = new DataSpec
        {
            Train = _folder.Source("a.libsvm", "1 3:1\n"),
            Test = _folder.Source("b.libsvm", "1 1:1\n1 4:1\n"),
        };
        var error = Assert.Throws<InputException>(() => DataSets.Load(spec, TargetKind.Number, 1));
        Assert.Equal(
            $"{spec.Test.Path}:2: 4 features, but the training rows have 3: state features: 4 for the training " +
            "file, or mend this one.", error.Message);
    }

    [Fact]
    public void LibSvm_TestFileWithFewerFeatures_IsPadded()
    {
        var spec = new DataSpec
        {
            Train = _folder.Source("a.libsvm", "1 3:1\n"),
            Test = _folder.Source("b.libsvm", "1 1:7\n"),
        };
        Assert.Equal([7f, 0f, 0f], TestData.Row(DataSets.Load(spec, TargetKind.Number, 1).DataSet.Test!, 0));
    }

    [Fact]
    public void LibSvm_Scale_DividesTheFeatures() => Assert.Equal(
        [0.5f, 0f, 2f],
            TestData.Row(TestData.Load(_folder.Source("s", "1 1:2 3:8\n") with { Scale = 4 }).DataSet.Train, 0));

    [Fact]
    public void LibSvm_KeyOfAnotherFormat_IsRefused()
    {
        var error = TestData.Fails(
            _folder.Source("a.libsvm", "1 1:1\n") with { Standardize = true, Weight = "w", Header = true });
        Assert.Equal(3, error.Problems.Length);
        Assert.Contains("'header' means nothing for the format libsvm: leave it out.", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void LibSvm_RandomRows_ComeBackBitForBit()
    {
        var value = Gen.Float.Where(float.IsFinite);
        var row = Gen.Select(value, Gen.SortedDictionary(Gen.Int[0, 500], value)[0, 20]);
        Gen.Select(row.Array[1, 30], Gen.Int[0, 1]).Sample((rows, ending) =>
        {
            using var folder = new TempFolder();
            var text = new StringBuilder();
            foreach (var (target, features) in rows)
            {
                text.Append(target.ToString("R", CultureInfo.InvariantCulture));
                foreach (var (column, x) in features) text.Append(CultureInfo.InvariantCulture, $" {column + 1}:{x:R}");
                text.Append(ending == 0 ? "\n" : " \r\n");
            }
            var source = folder.Source("random.libsvm", text.ToString()) with { Features = 501 };
            var read = (SparseRows)TestData.Load(source).DataSet.Train;
            Assert.Equal(rows.Length, read.Count);
            for (int i = 0; i < rows.Length; i++)
            {
                Assert.Equal(rows[i].Item1, read.Targets[i]);
                Assert.Equal(rows[i].Item2.Keys, read.ColumnsOf(i).ToArray());
                Assert.Equal(rows[i].Item2.Values, read.ValuesOf(i).ToArray());
            }
        }, iter: 300);
    }

    private Rows Read(string text) => TestData.Load(_folder.Source("some.libsvm", text)).DataSet.Train;
}
