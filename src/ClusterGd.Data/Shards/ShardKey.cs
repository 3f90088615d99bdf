using ClusterGd.Core.Data;

namespace ClusterGd.Data;

/// <summary>Names the rows of one shard, wherever they came from: by what they are, not by any path.</summary>
public sealed record ShardKey
{
    /// <param name="dataHash">The data set's content hash: 64 lower-case hexadecimal digits.</param>
    /// <exception cref="ArgumentException">The hash is none, or the shard is none of 0 … shardCount-1.</exception>
    public ShardKey(string dataHash, RowSet set, int shard, int shardCount)
    {
        // The hash becomes part of a path, and may have come over the network.
        if (!IsHash(dataHash))
        {
            throw new ArgumentException($"'{dataHash}' is no content hash: it must be 64 digits of 0-9 and a-f.");
        }
        if (!Enum.IsDefined(set) || shard < 0 || shard >= shardCount)
        {
            throw new ArgumentException($"There is no shard {shard} of {shardCount} in row set {(int)set}.");
        }
        (DataHash, Set, Shard, ShardCount) = (dataHash, set, shard, shardCount);
    }

    public string DataHash { get; }

    public RowSet Set { get; }

    public int Shard { get; }

    public int ShardCount { get; }

    internal static bool IsHash(string text) =>
        text.Length == 64 && !text.AsSpan().ContainsAnyExcept("0123456789abcdef");

    public override string ToString() =>
        $"{Set.Name()} shard {Shard} of {ShardCount} of the data {DataHash[..12]}";
}
