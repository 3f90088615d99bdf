using System.Net.Sockets;
using System.Text;

namespace ClusterGd.EndToEnd.Tests.Network;

/// <summary>
/// What a hostile or mistaken peer does to a port of loopback, all at once: random bytes, HTTP and a length of two
/// gigabytes in turn, twenty a second; a thousand connections that say nothing, and come again, twenty a second, where
/// they are closed; and sixteen that say ten bytes a second. Dispose ends it.
/// </summary>
internal sealed class Attack : IDisposable
{
    public const int SilentCount = 1000;
    private const int SlowCount = 16, ReconnectsPerLook = 20;
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1), s_bytes = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_messages = TimeSpan.FromMilliseconds(50);

    private readonly int _port;
    private readonly CancellationTokenSource _end = new();
    private readonly Task[] _kinds;
    private int _openCount;
    private long _connectionCount;

    public Attack(int port)
    {
        _port = port;
        _kinds = [.. new[] { MessagesAsync, SilentAsync, SlowAsync }.Select(kind => Task.Run(kind))];
    }

    /// <summary>Connections without a word that are open, as far as is known.</summary>
    public int OpenCount => Volatile.Read(ref _openCount);

    /// <summary>All connections that were made so far.</summary>
    public long ConnectionCount => Interlocked.Read(ref _connectionCount);

    public void Dispose()
    {
        _end.Cancel();
        Task.WaitAll(_kinds);
        _end.Dispose();
    }

    private async Task MessagesAsync()
    {
        var random = new Random(1);
        byte[] noise = new byte[4096];
        byte[] http = Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        byte[] twoGigabytes = [0x7f, 0xff, 0xff, 0xff, .. new byte[60]];
        byte[] littleEndian = [0xff, 0xff, 0xff, 0x7f, .. new byte[60]];
        for (int i = 0; !_end.IsCancellationRequested; i++)
        {
            random.NextBytes(noise);
            byte[][] messages = [noise, http, twoGigabytes, littleEndian];
            using var socket = Connect();
            if (socket is not null) Send(socket, messages[i % messages.Length]);
            await PauseAsync(s_messages);
        }
    }

    private async Task SilentAsync()
    {
        var open = new List<Socket>();
        while (open.Count < SilentCount && Connect() is { } socket) open.Add(socket);
        while (!_end.IsCancellationRequested)
        {
            open.RemoveAll(IsClosed);
            for (int i = 0; i < ReconnectsPerLook && open.Count < SilentCount; i++)
            {
                if (Connect() is { } socket) open.Add(socket);
            }
            Volatile.Write(ref _openCount, open.Count);
            await PauseAsync(s_look);
        }
        foreach (var socket in open) socket.Dispose();
    }

    private async Task SlowAsync()
    {
        var open = new List<Socket>();
        while (!_end.IsCancellationRequested)
        {
            open.RemoveAll(socket => IsClosed(socket) || !Send(socket, [0]));
            while (open.Count < SlowCount && Connect() is { } socket) open.Add(socket);
            await PauseAsync(s_bytes);
        }
        foreach (var socket in open) socket.Dispose();
    }

    private Socket? Connect()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect("127.0.0.1", _port);
            Interlocked.Increment(ref _connectionCount);
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }

    private static bool Send(Socket socket, byte[] bytes)
    {
        try
        {
            socket.Send(bytes);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Closes it here too where the peer has closed it.</summary>
    private static bool IsClosed(Socket socket)
    {
        if (!socket.Poll(0, SelectMode.SelectRead)) return false;
        socket.Dispose();
        return true;
    }

    private async Task PauseAsync(TimeSpan time)
    {
        try
        {
            await Task.Delay(time, _end.Token);
        }
        catch (OperationCanceledException)
        {
            // It ends.
        }
    }
}
