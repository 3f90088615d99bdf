using System.Net.Sockets;
using ClusterGd.Cluster.Transport;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Options;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Cluster.Tests.Transport;

/// <summary>What strangers send to the port costs bounded memory and time, and peers go on.</summary>
public sealed class TensorListenerTests : IDisposable
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromMilliseconds(300), s_limit = Limits.Hang;
    private readonly Party _a = new("a");
    private readonly Party _b = new("b", new TransportOptions
    {
        HelloDeadline = s_deadline, IdleInFrameDeadline = s_deadline,
    });

    public static TheoryData<string, byte[]> Nonsense => new()
    {
        { "http", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray() },
        { "tls", [0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3, 0] },
        { "two gigabytes", [0xFF, 0xFF, 0xFF, 0x7F, 0, 0, 0, 0] },
        { "zeros", new byte[100_000] },
        { "a hello of 64 KiB", [.. "CGDHELLO"u8, 1, 0, 0xFF, 0xFF] },
        { "an empty hello", [.. "CGDHELLO"u8, 1, 0, 0, 0] },
    };

    public void Dispose()
    {
        _a.Dispose();
        _b.Dispose();
    }

    [Theory]
    [MemberData(nameof(Nonsense))]
    public void Connection_WithNonsense_IsClosedAndPeersGoOn(string name, byte[] bytes)
    {
        using var stranger = RawPeer.Connect(_b.Listener.Port);
        stranger.Send(bytes);

        Assert.True(stranger.IsClosedWithin(s_limit), name);
        SendAndReceive(1);
        Assert.Equal(1, _b.Listener.StrangerCount);
    }

    [Fact]
    public void Connection_Silent_IsClosedAtTheDeadline()
    {
        using var stranger = RawPeer.Connect(_b.Listener.Port);

        Assert.False(stranger.IsClosedWithin(s_deadline / 2));
        Assert.True(stranger.IsClosedWithin(s_limit));
    }

    [Fact]
    public void Connection_HelloByteAfterByte_IsClosedAtTheDeadline()
    {
        using var stranger = RawPeer.Connect(_b.Listener.Port);

        var lasted = stranger.SendSlowlyUntilClosed(
            HelloFormat.Hello(Party.HandshakeOf("slow"), 0), TimeSpan.FromMilliseconds(20));

        Assert.InRange(lasted, s_deadline / 2, s_limit / 2);
    }

    [Fact]
    public void Connections_ThousandHalfOpen_AreBoundedAndPeersGoOn()
    {
        SendAndReceive(1);
        var strangers = Enumerable.Range(0, 1000).Select(_ => RawPeer.Connect(_b.Listener.Port)).ToList();

        SendAndReceive(2);
        using var c = new Party("c");
        c.Transport.Send(_b.Endpoint, Party.Header(FrameKind.GradientPart), Party.Floats(3), 0, 1);
        Assert.Equal([3], _b.Recorder.Frame().Values);
        Assert.InRange(_b.Listener.PendingCount, 0, 64);
        foreach (var stranger in strangers) Assert.True(stranger.IsClosedWithin(s_limit));
        Assert.Equal(1000, _b.Listener.StrangerCount);
        strangers.ForEach(s => s.Dispose());
    }

    [Fact]
    public void Peer_SilentWithinAFrame_IsClosedAtTheDeadline()
    {
        using var peer = RawPeer.Welcome(_b.Listener.Port, "x");
        peer.Send(FrameBytes.Small().AsSpan(0, 10));

        Assert.True(peer.IsClosedWithin(s_limit));
        Assert.Equal("no byte came for 0.3 s within a frame", _b.Recorder.Event(PeerEventKind.Down).Reason);
    }

    [Fact]
    public void Peer_SilentBetweenFrames_StaysConnected()
    {
        using var peer = RawPeer.Welcome(_b.Listener.Port, "x");

        Assert.False(peer.IsClosedWithin(s_deadline * 3));
    }

    [Fact]
    public void Peer_MoreBytesThanAllowed_IsClosedBeforeTheyAreRead()
    {
        _b.Recorder.BytesMax = 1000;
        using var peer = RawPeer.Welcome(_b.Listener.Port, "x");
        byte[] header = new byte[FrameHeader.Size];
        (FrameBytes.Header(FrameKind.RowsChunk, ElementType.Byte, 0x7FFF_0000) with
        {
            RunId = Party.HandshakeOf("x").RunId,
        })
            .Write(header);
        peer.Send(header);

        Assert.True(peer.IsClosedWithin(s_limit));
        Assert.Equal(
            "a RowsChunk of slice 0 has 2147418112 bytes, allowed are 1000",
            _b.Recorder.Event(PeerEventKind.Down).Reason);
        Assert.Equal(1, _b.Transport.Counters.FrameErrorCount);
    }

    [Fact]
    public void Peer_ConnectedAgain_ReplacesItsOldConnection()
    {
        using var old = RawPeer.Welcome(_b.Listener.Port, "x");
        using var other = RawPeer.Welcome(_b.Listener.Port, "x", TensorStream.Parameters);
        using var next = RawPeer.Welcome(_b.Listener.Port, "x");

        Assert.True(old.IsClosedWithin(s_limit));
        Assert.Equal("the peer connected again", _b.Recorder.Event(PeerEventKind.Down).Reason);
        Assert.False(other.IsClosedWithin(TimeSpan.FromMilliseconds(50)));
    }

    [Fact]
    public void Peers_MoreThanAllowed_AreRefusedWithTheLimit()
    {
        using var c = new Party("c", new TransportOptions { IncomingMax = 2 });
        using var one = RawPeer.Welcome(c.Listener.Port, "x1");
        using var two = RawPeer.Welcome(c.Listener.Port, "x2");
        using var three = RawPeer.Connect(c.Listener.Port);
        three.Send(HelloFormat.Hello(Party.HandshakeOf("x3"), 0));

        Assert.Equal((false, "node c has 2 connections, allowed are 2"), HelloFormat.ReadAnswer(three.Receive()));
    }

    [Fact]
    public void Start_PortInUse_SaysSoInOneSentence()
    {
        var error = Assert.Throws<InputException>(() => TensorListener.Start("127.0.0.1", _a.Listener.Port));

        Assert.Equal(
            $"port {_a.Listener.Port} on 127.0.0.1 is in use: end what listens there, choose another port, or 0 for " +
            "any free one",
            error.Message);
    }

    [Theory]
    [InlineData("127.0.0.1", 70000)]
    [InlineData("203.0.113.7", 0)]
    [InlineData("no-such-host.invalid", 0)]
    public void Start_AddressOfNoUse_SaysWhichOne(string host, int port)
    {
        var error = Assert.Throws<InputException>(() => TensorListener.Start(host, port));

        Assert.StartsWith($"cannot listen on {host}:{port} (", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Dispose_Connected_ClosesEverythingAndFreesThePort()
    {
        int port = _b.Listener.Port;
        SendAndReceive(1);
        using var stranger = RawPeer.Connect(port);
        using var peer = RawPeer.Welcome(port, "x");

        _b.Dispose();

        Assert.True(stranger.IsClosedWithin(s_limit));
        Assert.True(peer.IsClosedWithin(s_limit));
        Assert.Throws<SocketException>(() => RawPeer.Connect(port));
        TensorListener.Start("127.0.0.1", port).Dispose();
    }

    private void SendAndReceive(float value)
    {
        _a.Transport.Send(_b.Endpoint, Party.Header(FrameKind.GradientPart), Party.Floats(value), 0, 1);
        Assert.Equal([value], _b.Recorder.Frame().Values);
    }
}
