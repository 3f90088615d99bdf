using System.Net.Sockets;
using ClusterGd.Cluster.Faults;

namespace ClusterGd.Cluster.Transport;

/// <summary>One stream from one peer, after its handshake: a thread that reads frames and delivers them.</summary>
internal sealed class IncomingStream : IDisposable
{
    private readonly Socket _socket;
    private readonly FrameReader _reader;
    private readonly Tally _tally;
    private readonly PeerNews _news;
    private readonly Action<IncomingStream> _ended;
    private readonly Thread _thread;
    private volatile string? _closeReason;

    public IncomingStream(
        Socket socket, string node, TensorStream stream, FrameReader reader, Tally tally, PeerNews news,
        Action<IncomingStream> ended)
    {
        (_socket, _reader, _tally, _news, _ended) = (socket, reader, tally, news, ended);
        (Node, Stream) = (node, stream);
        _thread = new Thread(Run, maxStackSize: 256 << 10) { IsBackground = true, Name = $"{stream} from {node}" };
    }

    public string Node { get; }

    public TensorStream Stream { get; }

    public void Start() => _thread.Start();

    /// <summary>Ends it with a reason that is told.</summary>
    public void Close(string reason)
    {
        _closeReason = reason;
        _socket.Dispose();
    }

    public void Dispose()
    {
        Close("");
        if (Thread.CurrentThread != _thread) _thread.Join(TimeSpan.FromSeconds(5));
    }

    private void Run()
    {
        string reason = "the peer closed the connection";
        try
        {
            _news.Up(Node);
            while (_reader.ReadFrame(out long bytes))
            {
                _tally.Received(bytes);
                DeliberateBug.At(nameof(IncomingStream), 0);
            }
        }
        catch (FrameException e)
        {
            _tally.Failed(e);
            reason = e.Message;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            reason = e.Message;
        }
        catch (Exception bug)
        {
            _news.Failed(bug);
        }
        _socket.Dispose();
        _ended(this);
        reason = _closeReason ?? reason;
        if (reason.Length > 0) _news.Down(reason);
    }
}
