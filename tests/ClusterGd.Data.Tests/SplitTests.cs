using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using Xunit;

namespace ClusterGd.Data.Tests;

public sealed class SplitTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Split_EveryFifth_HoldsOutByTheRule()
    {
        var data = Split(10, new SplitSpec { Every = 5, Offset = 4 }, 1);
        Assert.Equal([4f, 9f], data.Test!.Targets.ToArray());
        Assert.Equal([0f, 1f, 2f, 3f, 5f, 6f, 7f, 8f], data.Train.Targets.ToArray());
    }

    [Theory]
    [InlineData(10, 0.25, 3)]
    [InlineData(10, 0.5, 5)]
    [InlineData(999, 0.2, 200)]
    public void Split_Fraction_HoldsOutExactlyTheRoundedCount(int rows, double fraction, int expected)
    {
        var data = Split(rows, new SplitSpec { Fraction = fraction }, 1);
        Assert.Equal(expected, data.Test!.Count);
        Assert.Equal(rows - expected, data.Train.Count);
        Assert.Equal(data.Train.Targets.ToArray().Order(), data.Train.Targets.ToArray());
        Assert.Equal(
            Enumerable.Range(0, rows).Select(i => (float)i),
            data.Train.Targets.ToArray().Concat(data.Test.Targets.ToArray()).Order());
    }

    [Fact]
    public void Split_SameSeed_HoldsOutTheSameRows()
    {
        var split = new SplitSpec { Fraction = 0.3 };
        Assert.Equal(Split(100, split, 7).ContentHash, Split(100, split, 7).ContentHash);
        Assert.NotEqual(Split(100, split, 7).Test!.Targets.ToArray(), Split(100, split, 8).Test!.Targets.ToArray());
    }

    [Theory]
    [InlineData(0, 0, 0, "either fraction")]
    [InlineData(0.5, 5, 0, "either fraction")]
    [InlineData(1.0, 0, 0, "must lie between 0 and 1")]
    [InlineData(double.NaN, 0, 0, "must lie between 0 and 1")]
    [InlineData(0, 1, 0, "must be 2 or more")]
    [InlineData(0, 5, 5, "it must be 0 … 4")]
    [InlineData(0.01, 0, 0, "each needs at least one")]
    public void Split_Impossible_IsRefused(double fraction, int every, int offset, string reason)
    {
        var error = Assert.Throws<InputException>(
            () => Split(10, new SplitSpec { Fraction = fraction, Every = every, Offset = offset }, 1));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Split_WithTestFile_IsRefused()
    {
        var source = _folder.Source("a.libsvm", "1 1:1\n");
        var spec = new DataSpec { Train = source, Test = source, Split = new SplitSpec { Every = 2 } };
        Assert.Contains(
            "both stated", Assert.Throws<InputException>(() => DataSets.Load(spec, TargetKind.Number, 1)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Split_ValidationBesideFraction_TakesNoTestRowAndChangesNone()
    {
        var alone = Split(100, new SplitSpec { Fraction = 0.2 }, 1);
        var both = Split(100, new SplitSpec { Fraction = 0.2, Validation = 0.1 }, 1);

        Assert.Equal(alone.Test!.Targets.ToArray(), both.Test!.Targets.ToArray());
        Assert.Equal((70, 20, 10), (both.Train.Count, both.Test.Count, both.Validation!.Count));
        Assert.Equal(
            Enumerable.Range(0, 100).Select(i => (float)i),
            Enum.GetValues<RowSet>().SelectMany(set => both.Of(set)!.Targets.ToArray()).Order());
        Assert.NotEqual(alone.ContentHash, both.ContentHash);
    }

    [Fact]
    public void Split_ValidationAlone_IsOtherDataThanTestRowsAlone()
    {
        var data = Split(10, new SplitSpec { Validation = 0.3 }, 1);

        Assert.Null(data.Test);
        Assert.Equal((7, 3), (data.Train.Count, data.Validation!.Count));
        // The same rows held out for the other purpose are other rows: each purpose has its own draw.
        Assert.NotEqual(
            Split(10, new SplitSpec { Fraction = 0.3 }, 1).Test!.Targets.ToArray(), data.Validation.Targets.ToArray());
    }

    [Fact]
    public void Split_ValidationBesideATestFile_LeavesTheTestRows()
    {
        var spec = new DataSpec
        {
            Train = _folder.Source("a.libsvm", Rows(20)), Test = _folder.Source("b.libsvm", "7 1:1\n"),
            Split = new SplitSpec { Validation = 0.25 },
        };
        var data = DataSets.Load(spec, TargetKind.Number, 1).DataSet;

        Assert.Equal((15, 1, 5), (data.Train.Count, data.Test!.Count, data.Validation!.Count));
    }

    [Fact]
    public void Validation_FileOfItsOwn_IsReadLikeTheTestFile()
    {
        var spec = new DataSpec
        {
            Train = _folder.Source("a.libsvm", Rows(4)), Validation = _folder.Source("b.libsvm", "7 1:1\n8 1:2\n"),
        };

        Assert.Equal([7f, 8f], DataSets.Load(spec, TargetKind.Number, 1).DataSet.Validation!.Targets.ToArray());
        var twice = spec with { Split = new SplitSpec { Validation = 0.5 } };
        Assert.Contains(
            "data.validation and data.split.validation are both stated",
            Assert.Throws<InputException>(() => DataSets.Load(twice, TargetKind.Number, 1)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.2, 0.3)]
    [InlineData(0.5, 0)]
    public void Split_Stratified_HasEachClassInItsShare(double fraction, double validation)
    {
        // Ten of a hundred rows are of class 1.
        string text = string.Concat(Enumerable.Range(0, 100).Select(i => $"{(i % 10 == 3 ? 1 : 0)} 1:{i}\n"));
        var spec = new DataSpec
        {
            Train = _folder.Source("classes.libsvm", text),
            Split = new SplitSpec { Fraction = fraction, Validation = validation, Stratified = true },
        };
        var data = DataSets.Load(spec, TargetKind.BinaryClass, 5).DataSet;

        Assert.Equal((100 * fraction, 10 * fraction), Counts(data.Test));
        Assert.Equal((100 * validation, 10 * validation), Counts(data.Validation));
        Assert.Contains(
            "is no class", Assert.Throws<InputException>(() => DataSets.Load(spec, TargetKind.Number, 5)).Message,
            StringComparison.Ordinal);

        static (double Rows, double Ones) Counts(Rows? rows) => rows is null
            ? (0, 0) : (rows.Count, rows.Targets.ToArray().Count(target => target == 1));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Folds_AllOfThem_HoldEachRowOutOnceAndInEqualNumbers(bool stratified)
    {
        string text = string.Concat(Enumerable.Range(0, 23).Select(i => $"{i % 3} 1:{i + 1}\n"));
        var source = _folder.Source("folds.libsvm", text);
        var held = Enumerable.Range(0, 4).Select(fold => DataSets.Load(
            new DataSpec
            {
                Train = source, Split = new SplitSpec { Folds = 4, Fold = fold, Stratified = stratified },
            }, TargetKind.Class, 2).DataSet.Test!).ToList();

        Assert.Equal([6, 6, 6, 5], held.Select(rows => rows.Count).OrderDescending());
        Assert.Equal(
            Enumerable.Range(1, 23).Select(i => (float)i),
            held.SelectMany(rows => Enumerable.Range(0, rows.Count).Select(i => TestData.Row(rows, i)[0])).Order());
        if (!stratified) return;
        Assert.All(held, rows => Assert.All(
            Enumerable.Range(0, 3), c => Assert.InRange(rows.Targets.ToArray().Count(t => t == c), 1, 2)));
    }

    private static string Rows(int count) => string.Concat(Enumerable.Range(0, count).Select(i => $"{i} 1:{i}\n"));

    private DataSet Split(int rows, SplitSpec split, ulong seed)
    {
        var spec = new DataSpec { Train = _folder.Source("rows.libsvm", Rows(rows)), Split = split };
        return DataSets.Load(spec, TargetKind.Number, seed).DataSet;
    }
}
