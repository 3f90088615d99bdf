namespace ClusterGd.Cluster.Transport;

/// <summary>The counters of a transport while they count. Thread-safe.</summary>
internal sealed class Tally
{
    public long SentCount, SentBytes, ReceivedCount, ReceivedBytes, LostCount, ChecksumErrorCount, FrameErrorCount,
        RefusedCount,
        ConnectCount;

    public void Sent(long frames, long bytes)
    {
        Interlocked.Add(ref SentCount, frames);
        Interlocked.Add(ref SentBytes, bytes);
    }

    public void Received(long bytes)
    {
        Interlocked.Increment(ref ReceivedCount);
        Interlocked.Add(ref ReceivedBytes, bytes);
    }

    public void Failed(FrameException e) =>
        Interlocked.Increment(ref e.IsChecksum ? ref ChecksumErrorCount : ref FrameErrorCount);
}
