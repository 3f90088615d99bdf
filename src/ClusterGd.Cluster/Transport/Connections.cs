using System.Diagnostics;
using System.Net.Sockets;

namespace ClusterGd.Cluster.Transport;

/// <summary>A peer said no; the message is its reason.</summary>
internal sealed class RefusedException(string reason) : Exception(reason);

/// <summary>Makes the sockets of the data plane, and says hello on them.</summary>
internal static class Connections
{
    private const int TcpLevel = 6, SynCount = 7, UserTimeout = 18, UserTimeoutMs = 3000;

    /// <summary>
    /// Between machines the kernel sizes the buffers: sizes set here would end that and be cut to the machine's limit,
    /// often 208 KiB, too little for a long wire.
    /// </summary>
    public static void Configure(Socket socket)
    {
        if (socket.AddressFamily == AddressFamily.Unix) return;
        socket.NoDelay = true;
        // A peer whose machine is gone says nothing: found after about 10 + 3·5 s.
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 10);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 5);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
        if (!OperatingSystem.IsLinux()) return;
        // What is not acknowledged for long has the connection made again: the kernel's own pauses grow to minutes, and
        // would outlast the fault.
        socket.SetRawSocketOption(TcpLevel, UserTimeout, BitConverter.GetBytes(UserTimeoutMs));
        RetransmissionTimers.Set(socket);
    }

    /// <summary>
    /// Connects and says hello; gives the peer's name. Throws <see cref="RefusedException"/>, SocketException,
    /// <see cref="FrameException"/>.
    /// </summary>
    /// <param name="opened">Told each socket before it may wait, so that another thread can close it.</param>
    public static (Socket Socket, string Node) Connect(
        string endpoint, byte[] hello, TransportOptions options, Action<Socket> opened)
    {
        SocketException? last = null;
        var (host, port) = HostPort.Parse(endpoint);
        foreach (var address in HostPort.Resolve(host, port))
        {
            var local = LocalSockets.TryConnect(address, options, opened);
            var socket = local ?? new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                if (local is null)
                {
                    opened(socket);
                    Configure(socket);
                    LimitConnecting(socket);
                    bool isOwn = LocalSockets.IsOfThisMachine(address.Address);
                    if (isOwn) socket.SendBufferSize = LocalSockets.SendBufferBytes;
                    socket.Connect(address);
                }
                socket.SendTimeout = (int)options.SendStallDeadline.TotalMilliseconds;
                return (socket, SayHello(socket, hello, options.HelloDeadline));
            }
            catch (SocketException e)
            {
                socket.Dispose();
                last = e;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
        throw last ?? new SocketException((int)SocketError.HostNotFound);
    }

    private static string SayHello(Socket socket, byte[] hello, TimeSpan deadline)
    {
        long start = Stopwatch.GetTimestamp();
        for (int sent = 0; sent < hello.Length;) sent += socket.Send(hello.AsSpan(sent));
        byte[] answer = new byte[HelloFormat.SizeMax];
        int received = 0;
        for (int length; received < (length = HelloFormat.AnswerLength(answer.AsSpan(0, received)));)
        {
            var left = deadline - Stopwatch.GetElapsedTime(start);
            if (left <= TimeSpan.FromMilliseconds(1)) throw new SocketException((int)SocketError.TimedOut);
            socket.ReceiveTimeout = (int)left.TotalMilliseconds;
            int count = socket.Receive(answer.AsSpan(received, length - received));
            if (count == 0) throw new FrameException("the peer closed the connection without an answer to the hello");
            received += count;
        }
        var (isAccepted, text) = HelloFormat.ReadAnswer(answer.AsSpan(0, received));
        return isAccepted ? text : throw new RefusedException(text);
    }

    /// <summary>One repetition of the first packet after 1 s, then 2 s: a silent host is given up after 3 s.</summary>
    private static void LimitConnecting(Socket socket)
    {
        if (OperatingSystem.IsLinux()) socket.SetRawSocketOption(TcpLevel, SynCount, BitConverter.GetBytes(1));
    }
}
