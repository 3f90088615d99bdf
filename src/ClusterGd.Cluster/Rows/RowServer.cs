using System.Runtime.InteropServices;
using ClusterGd.Core.Data;
using ClusterGd.Core.Protocol;
using ClusterGd.Data;

namespace ClusterGd.Cluster.Rows;

/// <summary>
/// Hands out the rows that a process has to nodes that lack them, a chunk at a time and only when asked: the
/// receiver sets the pace. Thread-safe.
/// </summary>
/// <param name="initial">The first parameters; null where this process does not have them.</param>
internal sealed class RowServer(TrainingPlan plan, ShardStore store, Func<float[]?> initial)
{
    /// <summary>Bytes of a chunk at most.</summary>
    public const int ChunkBytes = 1 << 20;

    /// <summary>So many archives, and more if they are small: many nodes may ask for one each, by turns.</summary>
    private const int ArchivesMin = 4;
    private const long BytesKept = 512L << 20;

    private readonly Lock _lock = new();
    private readonly List<(RowItem Item, byte[] Bytes)> _kept = [];

    /// <summary>The chunk that begins at an offset; null where the item is not here or has no such offset.</summary>
    public RowChunk? Answer(RowItem item, long offset)
    {
        if (BytesOf(item) is not { } bytes || offset < 0 || offset >= bytes.Length) return null;
        int count = (int)Math.Min(ChunkBytes, bytes.Length - offset);
        return new RowChunk(item, offset, bytes.Length, bytes.AsSpan((int)offset, count).ToArray());
    }

    private byte[]? BytesOf(RowItem item)
    {
        lock (_lock)
        {
            int index = _kept.FindIndex(kept => kept.Item == item);
            byte[]? bytes = index >= 0 ? _kept[index].Bytes : Make(item);
            if (bytes is null) return null;
            if (index >= 0) _kept.RemoveAt(index);
            // The one that nobody has asked for for longest makes room.
            else while (IsFull(bytes.Length)) _kept.RemoveAt(0);
            _kept.Add((item, bytes));
            return bytes;
        }
    }

    private bool IsFull(long more) =>
        _kept.Count >= ArchivesMin && _kept.Sum(kept => (long)kept.Bytes.Length) + more > BytesKept;

    private byte[]? Make(RowItem item)
    {
        if (item.Kind == RowItemKind.InitialParameters)
        {
            return initial() is { } parameters ? MemoryMarshal.AsBytes(parameters.AsSpan()).ToArray() : null;
        }
        if ((uint)item.Shard >= (uint)plan.ShardCount || !store.Has(item.Set, item.Shard)) return null;
        var key = new ShardKey(plan.Data.ContentHash, item.Set, item.Shard, plan.ShardCount);
        var rows = store.Get(item.Set, item.Shard, out int first);
        int count = store.RowCount(item.Set, item.Shard);
        // An array holds 2 GiB: a larger shard than that wants more shards.
        using var stream = new MemoryStream(checked((int)ShardArchive.LengthOf(key, rows, first, count)));
        ShardArchive.Write(stream, key, rows, first, count);
        return stream.GetBuffer();
    }
}
