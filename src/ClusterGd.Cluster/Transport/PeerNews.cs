using System.Diagnostics;

namespace ClusterGd.Cluster.Transport;

/// <summary>
/// Tells a receiver what happens to one connection: changes only, the same refusal once a minute. One thread.
/// </summary>
internal sealed class PeerNews(ITensorReceiver receiver, bool isIncoming, string endpoint, TensorStream stream)
{
    private static readonly TimeSpan s_repeatInterval = TimeSpan.FromMinutes(1);
    private string _node = "";
    private PeerEventKind? _last;
    private string _refusal = "";
    private long _refusedAt;

    public void Up(string node)
    {
        _node = node;
        Tell(PeerEventKind.Up, "");
    }

    public void Down(string reason)
    {
        if (_last != PeerEventKind.Down) Tell(PeerEventKind.Down, reason);
    }

    public void Refused(string reason)
    {
        bool isTold = _last == PeerEventKind.Refused && _refusal == reason;
        if (isTold && Stopwatch.GetElapsedTime(_refusedAt) < s_repeatInterval) return;
        (_refusal, _refusedAt) = (reason, Stopwatch.GetTimestamp());
        Tell(PeerEventKind.Refused, reason);
    }

    /// <summary>The thread of the connection has failed.</summary>
    public void Failed(Exception bug) => receiver.Failed(bug);

    private void Tell(PeerEventKind kind, string reason)
    {
        _last = kind;
        receiver.PeerChanged(new PeerEvent(kind, isIncoming, _node, endpoint, stream, reason));
    }
}
