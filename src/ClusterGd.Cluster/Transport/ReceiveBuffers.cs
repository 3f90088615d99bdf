using ClusterGd.Core.Reduction;

namespace ClusterGd.Cluster.Transport;

/// <summary>
/// The pools that received floats are put into, by length, with a limit on the bytes of all buffers. Thread-safe.
/// </summary>
internal sealed class ReceiveBuffers(long bytesMax) : IDisposable
{
    /// <summary>Lengths kept; slices of a job have few. The one not used for longest makes room.</summary>
    private const int PoolsMax = 16;

    private readonly Lock _lock = new();
    private readonly List<(int Length, FloatPool Pool)> _pools = [];
    private volatile bool _isDisposed;

    /// <summary>A buffer with one owner; waits while the limit is reached and none is free.</summary>
    public PooledFloats Rent(int length)
    {
        while (!_isDisposed)
        {
            lock (_lock)
            {
                var pool = PoolOf(length);
                if (pool.HasFree || CreatedBytes + BytesOf(length) <= bytesMax || CreatedBytes == 0) return pool.Rent();
            }
            // Releases are not told: they happen on the path that must be fast, and this one is stuck already.
            Thread.Sleep(1);
        }
        throw new ObjectDisposedException(nameof(ReceiveBuffers));
    }

    public void Dispose() => _isDisposed = true;

    private long CreatedBytes
    {
        get
        {
            long bytes = 0;
            foreach (var (length, pool) in _pools) bytes += pool.CreatedCount * BytesOf(length);
            return bytes;
        }
    }

    private FloatPool PoolOf(int length)
    {
        int i = _pools.Count - 1;
        while (i >= 0 && _pools[i].Length != length) i--;
        if (i == 0) return _pools[0].Pool;
        var entry = i > 0 ? _pools[i] : (length, new FloatPool(length));
        if (i > 0 || _pools.Count == PoolsMax) _pools.RemoveAt(i > 0 ? i : PoolsMax - 1);
        _pools.Insert(0, entry);
        return entry.Item2;
    }

    private static long BytesOf(int length) => (long)length * sizeof(float);
}
