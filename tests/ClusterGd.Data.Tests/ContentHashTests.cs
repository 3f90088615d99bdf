using ClusterGd.Core.Data;
using Xunit;

namespace ClusterGd.Data.Tests;

public sealed class ContentHashTests
{
    private static readonly DataSchema s_classes = new()
    {
        FeatureCount = 3, TargetKind = TargetKind.Class, ClassNames = ["a", "b"],
    };

    /// <summary>Nodes of another version or machine must find the same hash for the same data.</summary>
    [Fact]
    public void ContentHash_A9a_IsKnown()
    {
        var spec = new Core.Jobs.DataSpec
        {
            Train = new Core.Jobs.DataSource { Path = TestData.Sample("a9a/a9a.gz") },
            Test = new Core.Jobs.DataSource { Path = TestData.Sample("a9a/a9a.t.gz") },
        };
        Assert.StartsWith(
            "ec3d055a4f30", DataSets.Load(spec, TargetKind.BinaryClass, 1).DataSet.ContentHash,
                StringComparison.Ordinal);
    }

    [Fact]
    public void ContentHash_AnyChange_IsNoticed()
    {
        string[] hashes =
        [
            Of(Sparse([0, 1, 2], [0, 1], [1, 2], [1, 0]), null),
            Of(Sparse([0, 1, 2], [0, 1], [1, 3], [1, 0]), null),
            Of(Sparse([0, 1, 2], [0, 2], [1, 2], [1, 0]), null),
            Of(Sparse([0, 2, 2], [0, 1], [1, 2], [1, 0]), null),
            Of(Sparse([0, 1, 2], [0, 1], [1, 2], [1, 1]), null),
            Of(Sparse([0, 1, 2], [0, 1], [1, 2], [1, 0]), Dense(1, 3, 0)),
            Of(Dense(2, 3, 0), null),
            Of(Dense(3, 2, 0), null),
            Of(Dense(3, 2, 1), null),
            Of(Dense(3, 2, 1).Weighted([1, 1, 1]), null),
            Of(Dense(3, 2, 1).Weighted([1, 2, 0]), null),
            Of(Dense(3, 2, 1), Dense(3, 2, 1).Weighted([1, 2, 0])),
            ContentHash.Of(s_classes with { ClassNames = ["a", "b", "c"] }, Dense(3, 2, 1), null),
            ContentHash.Of(s_classes with { TargetKind = TargetKind.Number, ClassNames = [] }, Dense(3, 2, 1), null),
        ];
        Assert.Equal(hashes.Length, hashes.Distinct().Count());
        Assert.All(hashes, h => Assert.Matches("^[0-9a-f]{64}$", h));
    }

    [Fact]
    public void ContentHash_SameRows_IsTheSame() =>
        Assert.Equal(Of(Dense(5, 7, 1), null), Of(Dense(5, 7, 1), null));

    /// <summary>Three million values are several blocks of 4 MiB.</summary>
    [Fact]
    public void ContentHash_LastValueOfManyBlocks_Counts()
    {
        var rows = new DenseRows(30_000, 100, new AlignedFloats(30_000 * 112), [], 0);
        var changed = new AlignedFloats(30_000 * 112);
        changed.Span[29_999 * 112 + 99] = 1;
        Assert.NotEqual(Of(rows, null), Of(new DenseRows(30_000, 100, changed, [], 0), null));
    }

    [Fact]
    public void ContentHash_OtherNames_IsTheSame() => Assert.Equal(
        Of(Dense(5, 7, 1), null),
        ContentHash.Of(
            s_classes with { ClassNames = ["yes", "no"], FeatureNames = ["x"] }, Dense(5, 7, 1), null));

    private static string Of(Rows train, Rows? test) => ContentHash.Of(s_classes, train, test);

    private static SparseRows Sparse(int[] starts, int[] columns, float[] values, float[] targets) =>
        new(2, 3, starts, columns, values, targets);

    private static DenseRows Dense(int count, int features, float value)
    {
        var values = new AlignedFloats(count * 16);
        values.Span[0] = value;
        return new DenseRows(count, features, values, new float[count]);
    }
}
