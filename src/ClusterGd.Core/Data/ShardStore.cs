namespace ClusterGd.Core.Data;

/// <summary>
/// The rows that a process has in memory, by shard: all of a data set, or the shards it was given one by one. Which of
/// the two changes no bit of a result. Thread-safe; nothing is ever taken out.
/// </summary>
public sealed class ShardStore
{
    private readonly DataSummary _data;
    private readonly Rows?[] _all;
    private readonly Rows?[][] _parts;

    /// <summary>An empty store, for a process that receives its shards.</summary>
    public ShardStore(DataSummary data, int shardCount) : this(data, shardCount, new Rows?[RowSets.Count]) { }

    /// <summary>All shards at once, without a copy.</summary>
    public ShardStore(DataSet data, int shardCount)
        : this(DataSummary.Of(data), shardCount, [.. Enum.GetValues<RowSet>().Select(data.Of)]) { }

    private ShardStore(DataSummary data, int shardCount, Rows?[] all)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(shardCount, 1);
        _data = data;
        ShardCount = shardCount;
        _all = all;
        _parts = [.. all.Select(_ => new Rows?[shardCount])];
    }

    public int ShardCount { get; }

    /// <summary>All training rows, where the process has them in one piece; else null.</summary>
    public Rows? AllTrain => All(RowSet.Train);

    /// <summary>Whether the shard's rows of every set that the data has are here.</summary>
    public bool Has(int shard)
    {
        for (var set = RowSet.Train; (int)set < RowSets.Count; set++)
        {
            if (_data.RowCount(set) > 0 && !Has(set, shard)) return false;
        }
        return true;
    }

    public bool Has(RowSet set, int shard) => All(set) is not null || Volatile.Read(ref Parts(set)[shard]) is not null;

    /// <summary>Rows that the shard has in a set, here or elsewhere.</summary>
    public int RowCount(RowSet set, int shard) => Start(set, shard + 1) - Start(set, shard);

    /// <summary>Where the shard begins in the data set: what a local row number is told to people with.</summary>
    public int Start(RowSet set, int shard) => ShardPlan.Start(_data.RowCount(set), ShardCount, shard);

    /// <summary>The rows that contain the shard's.</summary>
    /// <param name="first">Index in them of the shard's first row; its others follow.</param>
    /// <exception cref="InvalidOperationException">The shard is not here.</exception>
    public Rows Get(RowSet set, int shard, out int first)
    {
        if (All(set) is { } all)
        {
            first = Start(set, shard);
            return all;
        }
        first = 0;
        return Volatile.Read(ref Parts(set)[shard]) ?? throw new InvalidOperationException(
            $"The {set.Name()} rows of shard {shard} of {ShardCount} are not on this node: "
            + "fetch them before they are used.");
    }

    /// <summary>Takes in the rows of one shard. A shard that is here already stays as it is.</summary>
    /// <param name="rows">The shard's rows alone, in their order.</param>
    /// <exception cref="ArgumentException">They are not of the shape that the shard has.</exception>
    public void Add(RowSet set, int shard, Rows rows)
    {
        int count = RowCount(set, shard);
        var schema = _data.Schema;
        if (rows.Count != count || rows.FeatureCount != schema.FeatureCount || rows.TargetCount != schema.TargetCount)
        {
            throw new ArgumentException(
                $"{rows.Count} rows of {rows.FeatureCount} features and {rows.TargetCount} targets are not the " +
                $"{set.Name()} rows of shard {shard} of {ShardCount}, which has {count} of {schema.FeatureCount} and " +
                $"{schema.TargetCount}.");
        }
        if (All(set) is null) Interlocked.CompareExchange(ref Parts(set)[shard], rows, null);
    }

    private Rows? All(RowSet set) => _all[(int)set];

    private Rows?[] Parts(RowSet set) => _parts[(int)set];
}
