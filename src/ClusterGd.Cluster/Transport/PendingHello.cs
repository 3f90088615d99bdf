using System.Diagnostics;
using System.Net.Sockets;

namespace ClusterGd.Cluster.Transport;

/// <summary>A connection that has not said who it is yet.</summary>
internal sealed class PendingHello(Socket socket)
{
    private readonly byte[] _bytes = new byte[HelloFormat.SizeMax];
    private readonly long _since = Stopwatch.GetTimestamp();
    private int _count;

    public Socket Socket => socket;

    public TimeSpan Age => Stopwatch.GetElapsedTime(_since);

    /// <summary>Reads what has come; true once the hello is whole. Throws FrameException, SocketException.</summary>
    public bool Read(out ReadOnlySpan<byte> hello)
    {
        int length = HelloFormat.HelloLength(_bytes.AsSpan(0, _count));
        int received = socket.Receive(_bytes.AsSpan(_count, length - _count));
        if (received == 0) throw new FrameException("the connection ended within a hello");
        _count += received;
        length = HelloFormat.HelloLength(_bytes.AsSpan(0, _count));
        hello = _bytes.AsSpan(0, _count);
        return _count == length && _count > HelloFormat.PrefixSize;
    }
}
