using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Transport;

/// <summary>What has come from one peer by all its connections, to the piece. Thread-safe.</summary>
internal sealed class PeerMeter
{
    private long _bytes, _largeBytes;

    /// <summary>Bytes so far; for who looks whether there are more than before.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Rises with frames of at least <see cref="LinkHealth.LargeBytes"/>, while they come.</summary>
    public long LargeBytes => Interlocked.Read(ref _largeBytes);

    public void Add(int count, bool isLarge)
    {
        Interlocked.Add(ref _bytes, count);
        if (isLarge) Interlocked.Add(ref _largeBytes, count);
    }

    /// <summary>A large frame is whole, of which all may have come with the frame before it.</summary>
    public void LargeFrameCame() => Interlocked.Increment(ref _largeBytes);
}
