using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using ClusterGd.Cluster.Logging;
using ClusterGd.Core.Options;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClusterGd.Cluster.Transport;

/// <summary>
/// The one port of a process for tensors, and the local socket beside it. A single thread accepts, reads each hello
/// within its deadline, and hands the connection to the transport of its run, or refuses it with both values. What is
/// not a hello is closed without a word. Strangers cannot crowd out peers for long: of too many connections without a
/// hello the oldest goes.
/// </summary>
public sealed class TensorListener : IDisposable
{
    private const string None = "none", OneRun = ": both need one run";
    private const int PendingMax = 64, Backlog = 512;
    private static readonly TimeSpan s_lookInterval = TimeSpan.FromMilliseconds(200);
    private readonly ConcurrentDictionary<ulong, TensorTransport> _runs = new();
    private readonly Socket _socket;
    private readonly Socket? _localSocket;
    private readonly TransportOptions _options;
    private readonly ILogger _log;
    private readonly List<PendingHello> _pending = [];
    private readonly List<Socket> _readable = [];
    private readonly RefusalLog _refusals = new();
    private readonly Thread _thread;
    private long _strangerCount, _refusedCount;
    private int _pendingCount;
    private volatile bool _isDisposed;

    private TensorListener(Socket socket, Socket? localSocket, TransportOptions options, ILogger log)
    {
        (_socket, _localSocket, _options, _log) = (socket, localSocket, options, log);
        LocalEndpoint = (IPEndPoint)socket.LocalEndPoint!;
        _thread = new Thread(Run, maxStackSize: 256 << 10)
        {
            IsBackground = true, Name = $"tensors at {LocalEndpoint}",
        };
        _thread.Start();
    }

    public IPEndPoint LocalEndpoint { get; }

    public int Port => LocalEndpoint.Port;

    /// <summary>Connections closed before they said a whole hello in time.</summary>
    public long StrangerCount => Interlocked.Read(ref _strangerCount);

    /// <summary>Hellos that no run here agreed with.</summary>
    public long RefusedCount => Interlocked.Read(ref _refusedCount);

    /// <summary>Connections without a whole hello now.</summary>
    public int PendingCount => Volatile.Read(ref _pendingCount);

    /// <summary>Listens; throws <see cref="InputException"/> where it cannot.</summary>
    /// <param name="host">A name or address of this machine; 0.0.0.0 for all.</param>
    /// <param name="port">0 for any free one.</param>
    /// <param name="log">Warned of a refusal that concerns no run here. Default: none.</param>
    public static TensorListener Start(
        string host, int port, TransportOptions? options = null, ILogger? log = null)
    {
        options ??= TransportOptions.Default;
        Socket? socket = null;
        try
        {
            var address = HostPort.Resolve(host, port)[0];
            socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(address);
            socket.Listen(Backlog);
            var localSocket = LocalSockets.Listen(socket.LocalEndPoint!, options, Backlog);
            return new TensorListener(socket, localSocket, options, log ?? NullLogger.Instance);
        }
        catch (Exception e) when (e is SocketException or ArgumentException or IndexOutOfRangeException)
        {
            socket?.Dispose();
            throw new InputException(e is SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse }
                ? $"port {port} on {host} is in use: end what listens there, choose another port, or 0 for any free one"
                : $"cannot listen on {host}:{port} ({e.Message}): give a name or address of this machine and a " +
                    "port from 0 to 65535");
        }
    }

    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        WakeUp();
        if (Thread.CurrentThread != _thread) _thread.Join();
        _socket.Dispose();
        _localSocket?.Dispose();
        foreach (var pending in _pending) pending.Socket.Dispose();
    }

    internal void Register(TensorTransport transport)
    {
        if (_runs.TryAdd(transport.Handshake.RunId, transport)) return;
        throw new InvalidOperationException($"run {transport.Handshake.RunId:x16} is registered already");
    }

    internal void Unregister(TensorTransport transport) =>
        _runs.TryRemove(KeyValuePair.Create(transport.Handshake.RunId, transport));

    private void Run()
    {
        while (!_isDisposed)
        {
            _readable.Clear();
            _readable.Add(_socket);
            if (_localSocket is not null) _readable.Add(_localSocket);
            foreach (var pending in _pending) _readable.Add(pending.Socket);
            Socket.Select(_readable, null, null, s_lookInterval);
            if (_isDisposed) return;
            for (int i = _pending.Count - 1; i >= 0; i--)
            {
                if (_readable.Contains(_pending[i].Socket)) Read(i);
                else if (_pending[i].Age > _options.HelloDeadline) CloseStranger(i);
            }
            if (_readable.Contains(_socket)) Accept(_socket);
            if (_localSocket is not null && _readable.Contains(_localSocket)) Accept(_localSocket);
            Volatile.Write(ref _pendingCount, _pending.Count);
        }
    }

    private void Accept(Socket listening)
    {
        try
        {
            var socket = listening.Accept();
            (socket.ReceiveTimeout, socket.SendTimeout) = (1000, 1000);
            if (_pending.Count == PendingMax) CloseStranger(0);
            _pending.Add(new PendingHello(socket));
        }
        catch (SocketException)
        {
            // The peer has gone, or this process has no descriptor left: those that wait give theirs back in time.
            if (_pending.Count > 0) CloseStranger(0);
            else Thread.Sleep(s_lookInterval);
        }
    }

    private void Read(int index)
    {
        var pending = _pending[index];
        try
        {
            if (!pending.Read(out var hello)) return;
            var (handshake, stream) = HelloFormat.ReadHello(hello);
            _pending.RemoveAt(index);
            Answer(pending.Socket, handshake, stream);
        }
        catch (Exception e) when (e is FrameException or SocketException)
        {
            CloseStranger(index);
        }
    }

    private void Answer(Socket socket, Handshake peer, TensorStream stream)
    {
        try
        {
            string endpoint = socket.RemoteEndPoint is IPEndPoint remote ? $"{remote}" : "this machine";
            _runs.TryGetValue(peer.RunId, out var transport);
            string? refusal = transport is null ? Unknown(peer) : transport.Handshake.DifferenceTo(peer);
            byte[] accepted = HelloFormat.Answer(true, transport?.Handshake.NodeName ?? "");
            refusal ??= transport!.Adopt(socket, peer, stream, endpoint, accepted);
            if (refusal is null) return;
            Interlocked.Increment(ref _refusedCount);
            socket.Send(HelloFormat.Answer(false, refusal));
            socket.Dispose();
            if (!_refusals.IsNew(peer.NodeName + "\n" + refusal)) return;
            if (transport is null) _log.StrangerRefused(endpoint, refusal);
            else transport.Refused(peer, endpoint, refusal);
        }
        catch (SocketException)
        {
            socket.Dispose();
        }
    }

    /// <summary>Whether a peer was refused by a process that has no run, or none yet.</summary>
    internal static bool IsByOneWithoutRun(string refusal) =>
        refusal.EndsWith(None + OneRun, StringComparison.Ordinal);

    private string Unknown(Handshake peer)
    {
        if (peer.ProtocolVersion != Handshake.CurrentProtocolVersion)
        {
            return $"the peer speaks protocol {peer.ProtocolVersion} and {LocalEndpoint} " +
                $"{Handshake.CurrentProtocolVersion}: both need the same version of ClusterGd";
        }
        string runs = _runs.IsEmpty ? None : string.Join(", ", _runs.Keys.Select(id => $"{id:x16}"));
        return $"node {peer.NodeName} is in run {peer.RunId:x16}, {LocalEndpoint} serves run {runs}{OneRun}";
    }

    private void CloseStranger(int index)
    {
        Interlocked.Increment(ref _strangerCount);
        _pending[index].Socket.Dispose();
        _pending.RemoveAt(index);
    }

    /// <summary>Ends the wait of the thread by a connection to itself; if that fails it ends by its interval.</summary>
    private void WakeUp()
    {
        var address = LocalEndpoint.Address;
        if (address.Equals(IPAddress.Any)) address = IPAddress.Loopback;
        if (address.Equals(IPAddress.IPv6Any)) address = IPAddress.IPv6Loopback;
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
        try
        {
            socket.Connect(address, Port);
        }
        catch (SocketException)
        {
            // Not yet connected: enough to wake, or not.
        }
        _thread.Join(s_lookInterval * 2);
    }
}
