namespace ClusterGd.Cluster.Transport;

/// <summary>Where a <see cref="FrameReader"/> reads: a socket, or bytes in a test.</summary>
internal interface IByteSource
{
    /// <summary>Reads at least one byte, waiting for it; 0 at the end.</summary>
    /// <param name="isBetweenFrames">Nothing of a frame has come yet: it may take any time.</param>
    int Read(Span<byte> destination, bool isBetweenFrames);
}
