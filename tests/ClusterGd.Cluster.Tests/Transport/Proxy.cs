using System.Net;
using System.Net.Sockets;

namespace ClusterGd.Cluster.Tests.Transport;

/// <summary>
/// A socket in the middle that passes bytes both ways; on the connections told, counted from 0, it flips a bit at a
/// place in what the connecting side sends.
/// </summary>
internal sealed class Proxy : IDisposable
{
    private readonly Socket _listener;
    private readonly int _target;
    private readonly Dictionary<int, int> _flips;
    private readonly List<Socket> _sockets = [];
    private bool _isDisposed;

    public Proxy(int target, Dictionary<int, int> flips)
    {
        (_target, _flips) = (target, flips);
        (_listener, Port) = RawPeer.Listen();
        new Thread(Accept) { IsBackground = true }.Start();
    }

    public int Port { get; }

    public int ConnectionCount { get; private set; }

    public void Dispose()
    {
        _listener.Dispose();
        lock (_sockets)
        {
            _isDisposed = true;
            _sockets.ForEach(s => s.Dispose());
        }
    }

    private void Accept()
    {
        try
        {
            while (true)
            {
                var client = _listener.Accept();
                var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                lock (_sockets) _sockets.AddRange(_isDisposed ? [] : [client, server]);
                server.Connect(IPAddress.Loopback, _target);
                int flip = _flips.GetValueOrDefault(ConnectionCount++, -1);
                new Thread(() => Pass(client, server, flip)) { IsBackground = true }.Start();
                new Thread(() => Pass(server, client, -1)) { IsBackground = true }.Start();
            }
        }
        catch (SocketException)
        {
            // Disposed.
        }
    }

    private static void Pass(Socket from, Socket to, int flip)
    {
        byte[] bytes = new byte[1 << 16];
        try
        {
            for (int passed = 0, count; (count = from.Receive(bytes)) > 0; passed += count)
            {
                if (flip >= passed && flip < passed + count) bytes[flip - passed] ^= 0x10;
                to.Send(bytes.AsSpan(0, count));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // One side is gone: so is the other.
        }
        from.Dispose();
        to.Dispose();
    }
}
