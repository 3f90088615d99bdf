namespace ClusterGd.Core.Data;

/// <summary>
/// Which rows belong to which logical shard, and which of them a step uses: a function of (rows, shards, batch size)
/// alone, never of machines. Every row is used exactly once an epoch.
/// </summary>
/// <remarks>
/// Row i belongs to shard s with s·n/S ≤ i &lt; (s+1)·n/S. After k steps of an epoch p = min(k·B, n) rows are due,
/// of which shard s, with m of the n rows, has contributed ⌊(m·p + s·n/S) / n⌋. The offset staggers the shards, so a
/// batch smaller than S still goes round; where S divides n, the parts of a step sum to the batch size exactly
/// (Hermite's identity), else they differ from it by less than S rows.
/// </remarks>
public sealed class ShardPlan
{
    public ShardPlan(int rowCount, int shardCount, int batchSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rowCount, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(shardCount, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        RowCount = rowCount;
        ShardCount = shardCount;
        BatchSize = Math.Min(batchSize, rowCount);
        StepsPerEpoch = (rowCount + BatchSize - 1) / BatchSize;
    }

    public int RowCount { get; }

    public int ShardCount { get; }

    /// <summary>Rows of a step: what was asked for, or all rows where there are fewer.</summary>
    public int BatchSize { get; }

    public int StepsPerEpoch { get; }

    /// <summary>Most rows that one shard contributes to a step: what its buffers must hold.</summary>
    public int MicroBatchRowsMax => (int)Math.Min(((long)BatchSize + ShardCount - 1) / ShardCount + 2, RowCount);

    /// <summary>First row of a shard; <c>ShardStart(ShardCount)</c> is the row count.</summary>
    public int ShardStart(int shard) => Start(RowCount, ShardCount, shard);

    public int ShardRowCount(int shard) => ShardStart(shard + 1) - ShardStart(shard);

    public int EpochOf(long step) => (int)(step / StepsPerEpoch);

    /// <summary>The positions, in the shard's order of this epoch, that a step uses: first and count.</summary>
    public (int First, int Count) MicroBatch(int shard, long step)
    {
        long k = step % StepsPerEpoch;
        int first = Contributed(shard, Math.Min(k * BatchSize, RowCount));
        return (first, Contributed(shard, Math.Min((k + 1) * BatchSize, RowCount)) - first);
    }

    /// <summary>Where part <paramref name="part"/> of <paramref name="count"/> things in even parts begins.</summary>
    public static int Start(int count, int parts, int part) => (int)((long)part * count / parts);

    private int Contributed(int shard, long rowsDue) =>
        (int)(((long)ShardRowCount(shard) * rowsDue + ShardStart(shard)) / RowCount);
}
