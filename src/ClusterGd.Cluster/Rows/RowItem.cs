using ClusterGd.Core.Data;

namespace ClusterGd.Cluster.Rows;

/// <summary>What a node may ask another one for.</summary>
internal enum RowItemKind
{
    /// <summary>The archive of a shard's training rows.</summary>
    Train = 0,

    /// <summary>The same of its test rows.</summary>
    Test = 1,

    /// <summary>The first parameters, for a model that looks at the rows for them.</summary>
    InitialParameters = 2,

    /// <summary>The archive of a shard's validation rows.</summary>
    Validation = 3,
}

/// <summary>One thing to transfer.</summary>
/// <param name="Shard">0 for the first parameters.</param>
internal readonly record struct RowItem(RowItemKind Kind, int Shard)
{
    public static RowItem Of(RowSet set, int shard) =>
        new(set switch
        {
            RowSet.Train => RowItemKind.Train,
            RowSet.Test => RowItemKind.Test,
            RowSet.Validation => RowItemKind.Validation,
        }, shard);

    public RowSet Set => Kind switch
    {
        RowItemKind.Test => RowSet.Test,
        RowItemKind.Validation => RowSet.Validation,
        _ => RowSet.Train,
    };
}

/// <summary>Part of an item.</summary>
/// <param name="Total">Bytes of the whole item.</param>
internal sealed record RowChunk(RowItem Item, long Offset, long Total, byte[] Bytes);
