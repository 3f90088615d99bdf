using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using ClusterGd.Cluster.Transport;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Cluster.Tests.Transport;

/// <summary>A plain socket that says what a test wants, to a listener or as one.</summary>
internal sealed class RawPeer(Socket socket) : IDisposable
{
    private static readonly TimeSpan s_limit = Limits.Hang;

    public static RawPeer Connect(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(IPAddress.Loopback, port);
        return new RawPeer(socket);
    }

    public static RawPeer ConnectLocally(IPEndPoint listener)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(LocalSockets.NameOf(listener));
        return new RawPeer(socket);
    }

    /// <summary>Connects and has its hello accepted.</summary>
    public static RawPeer Welcome(int port, string name, TensorStream stream = TensorStream.Gradients)
    {
        var peer = Connect(port);
        peer.Send(HelloFormat.Hello(Party.HandshakeOf(name), stream));
        Assert.True(HelloFormat.ReadAnswer(peer.Receive()).IsAccepted);
        return peer;
    }

    public static (Socket Listener, int Port) Listen()
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        return (listener, ((IPEndPoint)listener.LocalEndPoint!).Port);
    }

    /// <summary>The next connection to a listener, whose hello is accepted.</summary>
    public static RawPeer Accept(Socket listener)
    {
        var peer = new RawPeer(listener.Accept());
        peer.Receive();
        peer.Send(HelloFormat.Answer(true, "raw"));
        return peer;
    }

    public void Send(ReadOnlySpan<byte> bytes) => socket.Send(bytes);

    /// <summary>What comes at once.</summary>
    public byte[] Receive()
    {
        byte[] bytes = new byte[1 << 16];
        socket.ReceiveTimeout = (int)s_limit.TotalMilliseconds;
        return bytes[..socket.Receive(bytes)];
    }

    /// <summary>Whether the other side has closed it, within a time.</summary>
    public bool IsClosedWithin(TimeSpan time)
    {
        try
        {
            if (!socket.Poll(time, SelectMode.SelectRead)) return false;
            return socket.Receive(new byte[1]) == 0;
        }
        catch (SocketException)
        {
            return true;
        }
    }

    /// <summary>
    /// Sends one byte of a text after another, without end, until the other side closes; how long that was.
    /// </summary>
    public TimeSpan SendSlowlyUntilClosed(ReadOnlySpan<byte> bytes, TimeSpan pause)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; Stopwatch.GetElapsedTime(start) < s_limit; i++)
        {
            if (IsClosedWithin(pause)) return Stopwatch.GetElapsedTime(start);
            try
            {
                Send(bytes.Slice(i % bytes.Length, 1));
            }
            catch (SocketException)
            {
                break;
            }
        }
        return Stopwatch.GetElapsedTime(start);
    }

    public void Dispose() => socket.Dispose();
}
