using System.Net;
using System.Net.Sockets;
using ClusterGd.Cluster.Transport;
using ClusterGd.Core.Protocol;
using Xunit;

namespace ClusterGd.Cluster.Tests.Transport;

/// <summary>What the kernel is asked of a connection, and told; on Linux.</summary>
public sealed class TcpSocketsTests : IDisposable
{
    private const int TcpLevel = 6, SegmentMax = 2, ThinLinearTimeouts = 16;

    private readonly Socket _client, _server;

    public TcpSocketsTests()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        _client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _client.Connect(listener.LocalEndPoint!);
        _server = listener.Accept();
    }

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
    }

    [SkippableFact]
    public void Of_ThreeMessages_CountsThreeSegmentsAndNoneSentAgain()
    {
        Skip.IfNot(OperatingSystem.IsLinux());
        _client.NoDelay = true;
        for (int i = 0; i < 3; i++)
        {
            _client.Send([1]);
            _server.Receive(new byte[1]);
        }

        Assert.Equal(new SegmentCounters(7, true, 3, 0), TcpCounters.Of(_client, 7));
    }

    [Fact]
    public void Of_ClosedSocket_SaysNothing()
    {
        _client.Dispose();

        Assert.Null(TcpCounters.Of(_client, 1));
    }

    [SkippableFact]
    public void SetAll_ConnectionOfThisProcess_HasEvenPauses()
    {
        Skip.IfNot(OperatingSystem.IsLinux());
        RetransmissionTimers.SetAll();

        byte[] isEven = new byte[sizeof(int)];
        _client.GetRawSocketOption(TcpLevel, ThinLinearTimeouts, isEven);
        Assert.Equal(1, BitConverter.ToInt32(isEven));
    }

    [SkippableFact]
    public void SetFor_ListeningPort_LaterConnectionsHaveSmallSegmentsInBothDirections()
    {
        Skip.IfNot(OperatingSystem.IsLinux());
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        SmallSegments.SetFor(((IPEndPoint)listener.LocalEndPoint!).Port);
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(listener.LocalEndPoint!);
        using var server = listener.Accept();

        Assert.All([client, server], socket => Assert.InRange(SegmentMaxOf(socket), 1000, 1200));
        Assert.True(SegmentMaxOf(_client) > 1200);
    }

    private static int SegmentMaxOf(Socket socket)
    {
        byte[] bytes = new byte[sizeof(int)];
        socket.GetRawSocketOption(TcpLevel, SegmentMax, bytes);
        return BitConverter.ToInt32(bytes);
    }
}
