using System.Diagnostics;
using System.Net.Sockets;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Transport;

/// <summary>
/// One stream to one peer: a bounded queue, and a thread that connects when the first frame waits, writes, and connects
/// again after a break. Frames that were being written at a break are lost and counted; those that wait stay. A small
/// frame that finds nothing before it and room in the kernel is written by who sends it: waking the thread would take
/// longer than the write.
/// </summary>
internal sealed class OutgoingStream : IDisposable
{
    private const int BatchFrames = 64, BatchBytes = 1 << 20;

    /// <summary>Frames that a sender may write itself, and what may lie unsent in the kernel before it.</summary>
    private const int SmallBytesMax = 32 << 10, UnsentBytesMax = 16 << 10;
    private readonly string _endpoint;
    private readonly byte[] _hello;
    private readonly TransportOptions _options;
    private readonly Tally _tally;
    private readonly PeerNews _news;
    private readonly SendQueue _queue;
    private readonly OutgoingFrame[] _batch = new OutgoingFrame[BatchFrames];
    private readonly ManualResetEventSlim _disposed = new();
    private readonly Lock _socketLock = new(), _writing = new();
    private readonly Thread _thread;
    private Socket? _socket;
    private long _socketCount;
    private Connection? _connection;

    /// <summary>An open connection; who writes holds the lock.</summary>
    private sealed record Connection(Socket Socket, FrameWriter Writer);

    public OutgoingStream(
        string endpoint, TensorStream stream, byte[] hello, TransportOptions options, Tally tally,
        ITensorReceiver receiver)
    {
        (_endpoint, _hello, _options, _tally) = (endpoint, hello, options, tally);
        _news = new PeerNews(receiver, isIncoming: false, endpoint, stream);
        _queue = new SendQueue(options.QueueBytesMax);
        _thread = new Thread(Run, maxStackSize: 256 << 10) { IsBackground = true, Name = $"{stream} to {endpoint}" };
        _thread.Start();
    }

    public long QueuedBytes => _queue.Bytes;

    public long DroppedCount => _queue.DroppedCount;

    /// <summary>Takes over the frame's share of its values. Never waits.</summary>
    public void Send(ref OutgoingFrame frame)
    {
        if (frame.Cost > SmallBytesMax || !TryWriteNow(ref frame)) _queue.Add(ref frame);
    }

    /// <summary>What the kernel has counted of the present connection; null where it does not say.</summary>
    public SegmentCounters? Segments()
    {
        lock (_socketLock) return _socket is null ? null : TcpCounters.Of(_socket, _socketCount);
    }

    public void Dispose()
    {
        if (_disposed.IsSet) return;
        _disposed.Set();
        _queue.Close();
        lock (_socketLock) _socket?.Dispose();
        if (Thread.CurrentThread != _thread) _thread.Join(_options.HelloDeadline);
    }

    private void Run()
    {
        var backoff = TimeSpan.Zero;
        while (WaitForFrames() && !_disposed.Wait(backoff))
        {
            long start = Stopwatch.GetTimestamp();
            try
            {
                var (socket, node) = Connections.Connect(_endpoint, _hello, _options, Opened);
                using (socket)
                {
                    Interlocked.Increment(ref _tally.ConnectCount);
                    _news.Up(node);
                    WriteFrames(socket);
                }
            }
            catch (RefusedException e)
            {
                Interlocked.Increment(ref _tally.RefusedCount);
                _news.Refused(e.Message);
                backoff = _options.BackoffMax;
                continue;
            }
            catch (Exception e) when (e is SocketException or FrameException or ObjectDisposedException)
            {
                if (!_disposed.IsSet) _news.Down(e.Message);
            }
            catch (Exception bug)
            {
                _news.Failed(bug);
                return;
            }
            // A connection that held starts over; one that breaks at once is not tried in a tight circle.
            bool hasHeld = Stopwatch.GetElapsedTime(start) > _options.BackoffMax;
            backoff = hasHeld ? TimeSpan.Zero : TimeSpan.FromTicks(
                Math.Min(Math.Max(backoff.Ticks * 2, _options.BackoffMin.Ticks), _options.BackoffMax.Ticks));
        }
    }

    private bool TryWriteNow(ref OutgoingFrame frame)
    {
        if (!_writing.TryEnter()) return false;
        try
        {
            // With the lock held nothing is being written; what waits goes first.
            if (_connection is not { } connection || _queue.Bytes > 0
                || SocketBytes.UnsentBytes(connection.Socket) > UnsentBytesMax)
            {
                return false;
            }
            long bytes = Write(connection, in frame);
            connection.Writer.Flush();
            _tally.Sent(1, bytes);
            frame.Release();
            return true;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The thread finds the same, and tells of it.
            _connection = null;
            return false;
        }
        finally
        {
            _writing.Exit();
        }
    }

    private bool WaitForFrames()
    {
        while (!_disposed.IsSet && !_queue.WaitForAny(_options.IdleCheckInterval)) { }
        return !_disposed.IsSet;
    }

    private void WriteFrames(Socket socket)
    {
        var connection = new Connection(socket, new FrameWriter(new SocketBytes(socket)));
        try
        {
            while (!_disposed.IsSet)
            {
                int count = _queue.Take(_batch, BatchBytes, _options.IdleCheckInterval);
                if (count > 0) WriteBatch(connection, _batch.AsSpan(0, count));
                // The peer says nothing on this connection: what can be read is its end.
                else if (socket.Poll(0, SelectMode.SelectRead))
                {
                    throw new FrameException("the peer closed the connection");
                }
            }
        }
        finally
        {
            lock (_writing) _connection = null;
        }
    }

    private static long Write(Connection connection, in OutgoingFrame frame)
    {
        if (frame.Spoiler == 0) frame.Write(connection.Writer);
        else
        {
            connection.Writer.Flush();
            FrameFaults.WriteSpoiled(new SocketBytes(connection.Socket), in frame);
        }
        return FrameHeader.Size + frame.Header.PayloadBytes + FrameHeader.TrailerSize;
    }

    private void WriteBatch(Connection connection, Span<OutgoingFrame> batch)
    {
        long bytes = 0;
        bool isWritten = false;
        try
        {
            lock (_writing)
            {
                foreach (ref var frame in batch) bytes += Write(connection, in frame);
                connection.Writer.Flush();
                _connection = connection;
            }
            isWritten = true;
        }
        finally
        {
            if (isWritten) _tally.Sent(batch.Length, bytes);
            else Interlocked.Add(ref _tally.LostCount, batch.Length);
            foreach (ref var frame in batch) frame.Release();
            _queue.Written();
        }
    }

    private void Opened(Socket socket)
    {
        lock (_socketLock)
        {
            ObjectDisposedException.ThrowIf(_disposed.IsSet, this);
            _socket = socket;
            _socketCount++;
        }
    }
}
