using ClusterGd.Cluster.Transport;
using ClusterGd.Core.Reduction;
using Xunit;

namespace ClusterGd.Cluster.Tests.Transport;

public class ReconnectTests
{
    private static readonly TransportOptions s_options = new()
    {
        BackoffMax = TimeSpan.FromMilliseconds(20), IdleCheckInterval = TimeSpan.FromMilliseconds(10),
    };

    [Fact]
    public void Send_PeerCameAgainOnItsPort_GoesOn()
    {
        using var a = new Party("a", s_options);
        int port;
        using (var b = new Party("b"))
        {
            port = b.Listener.Port;
            Send(a, port, 1);
            Assert.Equal([1], b.Recorder.Frame().Values);
        }
        Assert.Equal("b", a.Recorder.Event(PeerEventKind.Down).Node);
        Send(a, port, 2);

        using var again = new Party("b", port: port);

        Assert.Equal([2], again.Recorder.Frame().Values);
        Assert.Equal(2, a.Transport.Counters.ConnectCount);
    }

    [Fact]
    public void Send_NobodyListens_TellsOnceAndWaits()
    {
        using var a = new Party("a", s_options);
        var (listener, port) = RawPeer.Listen();
        listener.Dispose();

        Send(a, port, 1);

        Assert.Equal($"Connection refused 127.0.0.1:{port}", a.Recorder.Event(PeerEventKind.Down).Reason);
        using var b = new Party("b", port: port);
        Assert.Equal([1], b.Recorder.Frame().Values);
        Assert.Equal(PeerEventKind.Up, a.Recorder.Event(PeerEventKind.Up).Kind);
        Assert.Equal(0, a.Recorder.EventCount);
    }

    [Fact]
    public void Receive_FlippedBits_ClosesWithAReasonAndGoesOn()
    {
        int hello = HelloFormat.Hello(Party.HandshakeOf("a"), TensorStream.Gradients).Length;
        int frame = FrameHeader.Size + 4 + FrameHeader.TrailerSize;
        using var b = new Party("b");
        // In the second frame: its header, its payload, its trailer; and in a hello.
        using var proxy = new Proxy(b.Listener.Port, new()
        {
            [0] = hello + frame + 20, [1] = hello + frame + FrameHeader.Size + 2, [2] = hello + 2 * frame - 1, [3] = 15,
        });
        using var a = new Party("a", s_options);

        var arrived = new List<float>();
        while (arrived.LastOrDefault() < 100)
        {
            // As the protocol does: what was lost is sent again, so numbers only grow.
            Send(a, proxy.Port, arrived.Count == 0 ? 1 : arrived[^1] + 1);
            Send(a, proxy.Port, arrived.Count == 0 ? 2 : arrived[^1] + 2);
            for (int before = arrived.Count; arrived.Count == before;)
            {
                if (b.Recorder.TryFrame(TimeSpan.FromMilliseconds(200)) is not { } values) break;
                arrived.Add(values[0]);
                while (b.Recorder.TryFrame(TimeSpan.FromMilliseconds(20)) is { } next) arrived.Add(next[0]);
            }
        }

        Assert.All(arrived, value => Assert.Equal((int)value, value));
        Assert.Equal((3, 0), (b.Transport.Counters.ChecksumErrorCount, b.Transport.Counters.FrameErrorCount));
        Assert.Equal(1, b.Listener.StrangerCount);
        Assert.Contains("checksum", b.Recorder.Event(PeerEventKind.Down).Reason, StringComparison.Ordinal);
        Assert.Equal(5, proxy.ConnectionCount);
    }

    [Fact]
    public void Disconnect_Connected_ClosesAndALaterSendConnectsAgain()
    {
        using var a = new Party("a", s_options);
        using var b = new Party("b");
        Send(a, b.Listener.Port, 1);
        b.Recorder.Frame();

        a.Transport.Disconnect(b.Endpoint);

        Assert.Equal("the peer closed the connection", b.Recorder.Event(PeerEventKind.Down).Reason);
        Send(a, b.Listener.Port, 2);
        Assert.Equal([2], b.Recorder.Frame().Values);
    }

    [Fact]
    public void Dispose_WhateverBecameOfTheFrames_EveryShareIsReleasedOnce()
    {
        var pool = new FloatPool(1000);
        var (silent, silentPort) = RawPeer.Listen();
        using (silent)
        using (var b = new Party("b"))
        {
            var a = new Party("a", s_options);
            for (int i = 0; i < 2000; i++)
            {
                foreach (int port in new[] { b.Listener.Port, silentPort, 1 })
                {
                    a.Transport.Send($"127.0.0.1:{port}", Party.Header(FrameKind.GradientPart), pool.Rent(), 0, 1000);
                }
            }
            a.Dispose();
            a.Transport.Send(b.Endpoint, Party.Header(FrameKind.GradientPart), pool.Rent(), 0, 1000);
        }

        int created = pool.CreatedCount;
        for (int i = 0; i < created; i++) pool.Rent();
        Assert.Equal(created, pool.CreatedCount);
        Assert.False(pool.HasFree);
    }

    private static void Send(Party from, int port, float value) =>
        from.Transport.Send($"127.0.0.1:{port}", Party.Header(FrameKind.GradientPart), Party.Floats(value), 0, 1);
}
