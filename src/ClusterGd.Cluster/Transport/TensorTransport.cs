using System.Collections.Concurrent;
using System.Net.Sockets;
using ClusterGd.Cluster.Faults;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Cluster.Transport;

/// <summary>
/// The data plane of one run in one process: sends tensors to the listeners of other processes and delivers what their
/// transports send here. At most once; in order within a peer and stream; nothing waits for an answer. Thread-safe.
/// </summary>
public sealed class TensorTransport : IDisposable
{
    /// <summary>The longest payload of bytes; what is longer travels in pieces: <see cref="BlobPieces"/>.</summary>
    public const int BlobBytesMax = 64 << 20;

    private readonly TensorListener _listener;
    private readonly ITensorReceiver _receiver;
    private readonly TransportOptions _options;
    private readonly Tally _tally = new();
    private readonly ReceiveBuffers _buffers;
    private readonly ConcurrentDictionary<string, OutgoingStream?[]> _peers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, PeerMeter> _meters = new(StringComparer.Ordinal);
    private readonly List<IncomingStream> _incoming = [];
    private readonly Lock _lock = new();
    private readonly FrameFaults? _faults;
    private long _droppedCount;
    private bool _isDisposed;

    /// <summary>Registers the run with the process's listener, which must outlive it.</summary>
    /// <param name="faults">What frames suffer on purpose; null for nothing.</param>
    public TensorTransport(
        TensorListener listener, Handshake handshake, ITensorReceiver receiver, TransportOptions? options = null,
        LiveFaults? faults = null)
    {
        if (!BitConverter.IsLittleEndian)
        {
            throw new PlatformNotSupportedException("the data plane needs a little-endian machine");
        }
        (_listener, Handshake, _receiver) = (listener, handshake, receiver);
        _options = options ?? TransportOptions.Default;
        if (faults is not null) _faults = new FrameFaults(faults, SendNow);
        _buffers = new ReceiveBuffers(_options.ReceiveBytesMax);
        _listener.Register(this);
    }

    public Handshake Handshake { get; }

    /// <summary>What has come from each peer so far, by its name.</summary>
    internal IReadOnlyDictionary<string, PeerMeter> Received => _meters;

    public TransportCounters Counters
    {
        get
        {
            long dropped = Interlocked.Read(ref _droppedCount), queued = 0;
            lock (_lock)
            {
                foreach (var stream in _peers.Values.SelectMany(streams => streams))
                {
                    dropped += stream?.DroppedCount ?? 0;
                    queued += stream?.QueuedBytes ?? 0;
                }
            }
            return new TransportCounters(
                _tally.SentCount, _tally.SentBytes, _tally.ReceivedCount, _tally.ReceivedBytes, dropped,
                _tally.LostCount,
                _tally.ChecksumErrorCount, _tally.FrameErrorCount, _tally.RefusedCount, _tally.ConnectCount, queued);
        }
    }

    /// <summary>
    /// Takes over one owner's share of the values and sends a range of them; connects where needed. Never waits.
    /// </summary>
    /// <param name="endpoint">host:port of the receiver's listener.</param>
    /// <param name="header">Run and payload length are filled in; the element type says how the floats travel.</param>
    public void Send(string endpoint, in FrameHeader header, PooledFloats values, int offset, int length)
    {
        if (header.Element == ElementType.Byte)
        {
            throw new ArgumentException("floats need a float element type", nameof(header));
        }
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)offset, (uint)values.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)(values.Length - offset));
        var frame = new OutgoingFrame
        {
            Header = header with { RunId = Handshake.RunId, PayloadBytes = (long)length * header.Element.Size() },
            Values = values,
            Offset = offset,
            Length = length,
        };
        Send(endpoint, ref frame);
    }

    /// <summary>Sends bytes, which must not change from now on. Never waits.</summary>
    /// <param name="payload">At most <see cref="BlobBytesMax"/>.</param>
    public void Send(string endpoint, in FrameHeader header, ReadOnlyMemory<byte> payload)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, BlobBytesMax, nameof(payload));
        var frame = new OutgoingFrame
        {
            Header = header with { RunId = Handshake.RunId, Element = ElementType.Byte, PayloadBytes = payload.Length },
            Bytes = payload,
        };
        Send(endpoint, ref frame);
    }

    /// <summary>Sends a probe where nothing waits already, which says as much once it can go.</summary>
    internal void Probe(string endpoint, FrameKind kind, ReadOnlyMemory<byte> payload)
    {
        if (StreamTo(endpoint, FrameKinds.StreamOf(kind)) is { QueuedBytes: 0 })
        {
            Send(endpoint, new FrameHeader { Kind = kind }, payload);
        }
    }

    /// <summary>Bytes of all that waits for an endpoint where frames of this kind do, or is being written.</summary>
    internal long QueuedBytes(string endpoint, FrameKind kind) =>
        StreamTo(endpoint, FrameKinds.StreamOf(kind))?.QueuedBytes ?? 0;

    /// <summary>The kernel's counters of each connection to an endpoint, with the number of its stream.</summary>
    internal IEnumerable<(int Stream, SegmentCounters Counters)> Segments(string endpoint)
    {
        if (!_peers.TryGetValue(endpoint, out var streams)) yield break;
        for (int i = 0; i < streams.Length; i++)
        {
            if (Volatile.Read(ref streams[i])?.Segments() is { } counters) yield return (i, counters);
        }
    }

    /// <summary>
    /// Closes the connections to an endpoint and drops what waits for it; a later send opens new ones.
    /// </summary>
    public void Disconnect(string endpoint)
    {
        OutgoingStream?[]? streams;
        lock (_lock) _peers.TryRemove(endpoint, out streams);
        foreach (var stream in streams ?? []) Close(stream);
    }

    public void Dispose()
    {
        IncomingStream[] incoming;
        OutgoingStream?[] outgoing;
        lock (_lock)
        {
            if (_isDisposed) return;
            _isDisposed = true;
            incoming = [.. _incoming];
            outgoing = [.. _peers.Values.SelectMany(streams => streams)];
            _peers.Clear();
        }
        _listener.Unregister(this);
        _buffers.Dispose();
        foreach (var stream in outgoing) Close(stream);
        foreach (var stream in incoming) stream.Dispose();
    }

    /// <summary>Takes over a connection whose handshake agreed; null, or why not.</summary>
    internal string? Adopt(Socket socket, Handshake peer, TensorStream stream, string endpoint, byte[] answer)
    {
        IncomingStream? replaced;
        lock (_lock)
        {
            if (_isDisposed) return $"node {Handshake.NodeName} has ended run {Handshake.RunId:x16}";
            if (_incoming.Count >= _options.IncomingMax)
            {
                return $"node {Handshake.NodeName} has {_incoming.Count} connections, allowed are " +
                    $"{_options.IncomingMax}";
            }
            replaced = _incoming.Find(i => i.Node == peer.NodeName && i.Stream == stream);
            Connections.Configure(socket);
            socket.ReceiveTimeout = (int)_options.IdleInFrameDeadline.TotalMilliseconds;
            var reader = new FrameReader(
                new SocketBytes(socket), Handshake.RunId, peer.NodeName, _receiver, _buffers,
                _meters.GetOrAdd(peer.NodeName, _ => new PeerMeter()));
            var news = new PeerNews(_receiver, isIncoming: true, endpoint, stream);
            var adopted = new IncomingStream(socket, peer.NodeName, stream, reader, _tally, news, Ended);
            socket.Send(answer);
            _incoming.Add(adopted);
            adopted.Start();
        }
        replaced?.Close("the peer connected again");
        return null;
    }

    /// <summary>A peer was turned away by the listener.</summary>
    internal void Refused(Handshake peer, string endpoint, string reason)
    {
        Interlocked.Increment(ref _tally.RefusedCount);
        _receiver.PeerChanged(new PeerEvent(PeerEventKind.Refused, true, peer.NodeName, endpoint, default, reason));
    }

    private void Send(string endpoint, ref OutgoingFrame frame)
    {
        if (_faults is null || _faults.LetsPass(endpoint, ref frame)) SendNow(endpoint, ref frame);
    }

    private void SendNow(string endpoint, ref OutgoingFrame frame)
    {
        var stream = StreamTo(endpoint, FrameKinds.StreamOf(frame.Header.Kind));
        if (stream is not null)
        {
            stream.Send(ref frame);
            return;
        }
        frame.Release();
        Interlocked.Increment(ref _droppedCount);
    }

    private OutgoingStream? StreamTo(string endpoint, TensorStream stream)
    {
        if (_peers.TryGetValue(endpoint, out var streams) && Volatile.Read(ref streams[(int)stream]) is { } known)
        {
            return known;
        }
        lock (_lock)
        {
            if (_isDisposed) return null;
            // A text that can never be an endpoint is the caller's mistake, not the connection's trouble.
            HostPort.Parse(endpoint);
            streams = _peers.GetOrAdd(endpoint, _ => new OutgoingStream?[FrameKinds.StreamCount]);
            return streams[(int)stream] ??= new OutgoingStream(
                endpoint, stream, HelloFormat.Hello(Handshake, stream), _options, _tally, _receiver);
        }
    }

    private void Close(OutgoingStream? stream)
    {
        if (stream is null) return;
        stream.Dispose();
        Interlocked.Add(ref _droppedCount, stream.DroppedCount);
    }

    private void Ended(IncomingStream stream)
    {
        lock (_lock) _incoming.Remove(stream);
    }
}
