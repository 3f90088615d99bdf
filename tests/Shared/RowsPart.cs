using ClusterGd.Core.Data;

namespace ClusterGd.Tests;

/// <summary>Copies of parts of a data set, as a node holds them that has only some shards.</summary>
public static class RowsPart
{
    /// <summary>Rows first … first+count-1 alone, in the form of the whole.</summary>
    public static Rows Of(Rows rows, int first, int count)
    {
        var targets = rows.Targets.Slice(first * rows.TargetCount, count * rows.TargetCount).ToArray();
        if (rows is DenseRows dense)
        {
            var copy = new AlignedFloats(count * dense.Stride);
            dense.Values.Slice(first * dense.Stride, count * dense.Stride).CopyTo(copy.Span);
            return new DenseRows(count, dense.FeatureCount, copy, targets, dense.TargetCount);
        }
        var sparse = (SparseRows)rows;
        int start = sparse.Starts[first], end = sparse.Starts[first + count];
        int[] starts = [.. sparse.Starts.Slice(first, count + 1).ToArray().Select(s => s - start)];
        return new SparseRows(
            count, sparse.FeatureCount, starts, sparse.Columns[start..end].ToArray(),
            sparse.Values[start..end].ToArray(), targets, sparse.TargetCount);
    }

    /// <summary>A store that was given every shard by itself.</summary>
    public static ShardStore ShardByShard(DataSet data, int shardCount)
    {
        var store = new ShardStore(DataSummary.Of(data), shardCount);
        for (int shard = 0; shard < shardCount; shard++)
        {
            foreach (var set in DataSummary.Of(data).Sets) Add(set, data.Of(set)!, shard);
        }
        return store;

        void Add(RowSet set, Rows rows, int shard) =>
            store.Add(set, shard, Of(rows, store.Start(set, shard), store.RowCount(set, shard)));
    }
}
