using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
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

    private DataSet Split(int rows, SplitSpec split, ulong seed)
    {
        string text = string.Concat(Enumerable.Range(0, rows).Select(i => $"{i} 1:{i}\n"));
        var spec = new DataSpec { Train = _folder.Source("rows.libsvm", text), Split = split };
        return DataSets.Load(spec, TargetKind.Number, seed).DataSet;
    }
}
