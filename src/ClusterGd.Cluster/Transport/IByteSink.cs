namespace ClusterGd.Cluster.Transport;

/// <summary>Where a <see cref="FrameWriter"/> writes: a socket, or bytes in a test.</summary>
internal interface IByteSink
{
    /// <summary>Writes all of both, in this order, waiting until they are taken.</summary>
    void Write(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second);
}
