using System.Net;
using System.Net.Sockets;
using ClusterGd.Cluster.Transport;
using ClusterGd.Core.Options;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Cluster.Tests.Transport;

/// <summary>Which way is taken to a listener on this machine, and that it is never the way to another one.</summary>
public sealed class LocalSocketsTests : IDisposable
{
    private static readonly TransportOptions s_tcpOnly = new() { UsesLocalSockets = false };
    private readonly Party _a = new("a");

    public LocalSocketsTests() => Skip.IfNot(OperatingSystem.IsLinux(), "the abstract namespace of sockets is Linux's");

    public void Dispose() => _a.Dispose();

    [SkippableTheory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("127.0.0.1", "localhost")]
    [InlineData("0.0.0.0", "127.0.0.1")]
    [InlineData("0.0.0.0", "the host's own address")]
    public void Send_ToThisMachine_TakesTheLocalSocket(string bound, string target)
    {
        if (target.Contains(' ', StringComparison.Ordinal)) target = OwnAddress();
        using var b = new Party("b", host: bound);

        Send(_a, $"{target}:{b.Listener.Port}", 1);

        Assert.Equal([1], b.Recorder.Frame().Values);
        Assert.Equal("this machine", b.Recorder.Event(PeerEventKind.Up).Endpoint);
        Assert.Equal($"{target}:{b.Listener.Port}", _a.Recorder.Event(PeerEventKind.Up).Endpoint);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Send_OneSideWithoutLocalSockets_TakesTcp(bool isSender)
    {
        using var a = new Party("a", isSender ? s_tcpOnly : null);
        using var b = new Party("b", isSender ? null : s_tcpOnly);

        Send(a, b.Endpoint, 1);

        Assert.Equal([1], b.Recorder.Frame().Values);
        Assert.StartsWith("127.0.0.1:", b.Recorder.Event(PeerEventKind.Up).Endpoint, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Send_SamePortOfTwoAddresses_ReachesEachItsOwn()
    {
        using var b = new Party("b", host: "127.0.0.1");
        using var c = new Party("c", host: "127.0.0.2", port: b.Listener.Port);

        Send(_a, $"127.0.0.1:{b.Listener.Port}", 1);
        Send(_a, $"127.0.0.2:{b.Listener.Port}", 2);

        Assert.Equal([1], b.Recorder.Frame().Values);
        Assert.Equal([2], c.Recorder.Frame().Values);
        Assert.Equal("this machine", c.Recorder.Event(PeerEventKind.Up).Endpoint);
    }

    [SkippableFact]
    public void TryConnect_AddressOfAnotherMachine_IsNotTried()
    {
        using var listening = LocalSockets.Listen(new IPEndPoint(IPAddress.Any, 1), TransportOptions.Default, 1);
        var opened = new List<Socket>();

        using var there = LocalSockets.TryConnect(
            new IPEndPoint(IPAddress.Parse("203.0.113.7"), 1), TransportOptions.Default, opened.Add);
        using var here = LocalSockets.TryConnect(
            new IPEndPoint(IPAddress.Loopback, 1), TransportOptions.Default, _ => { });

        Assert.Null(there);
        Assert.Empty(opened);
        Assert.NotNull(here);
    }

    [SkippableFact]
    public void Start_NameTaken_SaysThatThePortIsInUse()
    {
        var (listener, port) = RawPeer.Listen();
        using var taken = LocalSockets.Listen(listener.LocalEndPoint!, TransportOptions.Default, 1);
        listener.Dispose();

        var error = Assert.Throws<InputException>(() => TensorListener.Start("127.0.0.1", port));

        Assert.StartsWith($"port {port} on 127.0.0.1 is in use", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Stranger_WithNonsense_IsClosedAndPeersGoOn()
    {
        using var b = new Party("b");
        using var stranger = RawPeer.ConnectLocally(b.Listener.LocalEndpoint);
        stranger.Send("GET / HTTP/1.1\r\n\r\n"u8);

        Assert.True(stranger.IsClosedWithin(Limits.Hang));
        Send(_a, b.Endpoint, 1);
        Assert.Equal([1], b.Recorder.Frame().Values);
        Assert.Equal(1, b.Listener.StrangerCount);
    }

    private static void Send(Party from, string endpoint, float value) =>
        from.Transport.Send(endpoint, Party.Header(FrameKind.GradientPart), Party.Floats(value), 0, 1);

    private static string OwnAddress()
    {
        var own = Dns.GetHostAddresses(Dns.GetHostName())
            .FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(a));
        Skip.If(own is null, "this machine has no address but loopback");
        return own.ToString();
    }
}
