namespace ClusterGd.Cluster.Transport;

/// <summary>What came cannot be a frame: the connection is closed with this reason.</summary>
internal sealed class FrameException(string reason, bool isChecksum = false) : Exception(reason)
{
    public bool IsChecksum { get; } = isChecksum;

    public static FrameException Checksum(string what, ulong stated, ulong actual) =>
        new($"{what} states the checksum {stated:x16}, its bytes have {actual:x16}", isChecksum: true);
}
