namespace ClusterGd.Cluster.Transport;

/// <summary>What a transport has done since its start, and what waits in it now.</summary>
/// <param name="DroppedCount">Frames that a full or closed queue let go.</param>
/// <param name="LostCount">Frames that were being written when their connection broke; some may have arrived.</param>
/// <param name="ChecksumErrorCount">Connections closed for a wrong checksum.</param>
/// <param name="FrameErrorCount">Connections closed for anything else that cannot be a frame.</param>
/// <param name="RefusedCount">Handshakes that did not agree, either way.</param>
/// <param name="ConnectCount">Connections made from here, the first included.</param>
/// <param name="QueuedBytes">What waits to be sent or is being written, over all peers.</param>
public readonly record struct TransportCounters(
    long SentCount, long SentBytes, long ReceivedCount, long ReceivedBytes, long DroppedCount, long LostCount,
    long ChecksumErrorCount, long FrameErrorCount, long RefusedCount, long ConnectCount, long QueuedBytes);
