using ClusterGd.Cluster.Transport;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Cluster.Tests.Transport;

public class HandshakeTests
{
    private static readonly Handshake s_b = Party.HandshakeOf("b");

    public static TheoryData<string, string, string> Differences => new()
    {
        { "run", "0000000000000001", $"{s_b.RunId:x16}" },
        { "job", "job-2", "job-1" },
        { "data", "data-2", "data-1" },
        { "kernels", "2", "1" },
        { "protocol", "1", "2" },
    };

    [Theory]
    [MemberData(nameof(Differences))]
    public void Connect_OneDifference_IsRefusedWithBothValuesOnce(string what, string theirs, string ours)
    {
        using var b = new Party("b");
        using var a = new Party("a", new TransportOptions { BackoffMax = TimeSpan.FromMilliseconds(1) }, what switch
        {
            "run" => Party.HandshakeOf("a") with { RunId = 1 },
            "job" => Party.HandshakeOf("a") with { JobHash = theirs },
            "data" => Party.HandshakeOf("a") with { DataHash = theirs },
            "kernels" => Party.HandshakeOf("a") with { KernelVersion = theirs },
            _ => Party.HandshakeOf("a") with { ProtocolVersion = 1 },
        });

        a.Transport.Send(b.Endpoint, Party.Header(FrameKind.GradientPart), Party.Floats(1), 0, 1);

        string reason = a.Recorder.Event(PeerEventKind.Refused).Reason;
        Assert.Contains($"{what} {theirs}", reason, StringComparison.Ordinal);
        Assert.Contains(ours, reason, StringComparison.Ordinal);
        Assert.Contains("both", reason, StringComparison.Ordinal);
        Assert.True(SpinWait.SpinUntil(() => a.Transport.Counters.RefusedCount >= 10, Limits.Hang));
        Assert.Equal(0, a.Recorder.EventCount);
        if (what is not ("run" or "protocol")) Assert.Equal(reason, b.Recorder.Event(PeerEventKind.Refused).Reason);
        Assert.Equal(0, b.Recorder.EventCount);
    }

    [Fact]
    public void DifferenceTo_SeveralDifferences_NamesEach()
    {
        string? reason = s_b.DifferenceTo(Party.HandshakeOf("a") with { JobHash = "x", DataHash = "y" });

        Assert.Equal(
            "node a has job x and node b job-1: both need the same job file; " +
            "node a has data y and node b data-1: both need the same data files", reason);
    }

    [Fact]
    public void Connect_RunRegisteredLater_IsAccepted()
    {
        var options = new TransportOptions { BackoffMax = TimeSpan.FromMilliseconds(1) };
        using var listener = TensorListener.Start("127.0.0.1", 0);
        using var a = new Party("a", options);
        a.Transport.Send($"127.0.0.1:{listener.Port}", Party.Header(FrameKind.GradientPart), Party.Floats(1), 0, 1);
        a.Recorder.Event(PeerEventKind.Refused);

        var recorder = new Recorder();
        using var b = new TensorTransport(listener, s_b, recorder);

        Assert.Equal([1], recorder.Frame().Values);
        Assert.Equal("b", a.Recorder.Event(PeerEventKind.Up).Node);
        Assert.Equal("a", recorder.Event(PeerEventKind.Up).Node);
    }

    [Fact]
    public void Listener_SeveralRuns_HandsEachItsOwn()
    {
        using var listener = TensorListener.Start("127.0.0.1", 0);
        var recorders = new[] { new Recorder(), new Recorder() };
        using var b1 = new TensorTransport(listener, s_b with { RunId = 1 }, recorders[0]);
        using var b2 = new TensorTransport(listener, s_b with { RunId = 2 }, recorders[1]);
        using var a1 = new Party("a", null, Party.HandshakeOf("a") with { RunId = 1 });
        using var a2 = new Party("a", null, Party.HandshakeOf("a") with { RunId = 2 });

        a1.Transport.Send($"127.0.0.1:{listener.Port}", Party.Header(FrameKind.GradientPart), Party.Floats(1), 0, 1);
        a2.Transport.Send($"127.0.0.1:{listener.Port}", Party.Header(FrameKind.GradientPart), Party.Floats(2), 0, 1);

        Assert.Equal([1], recorders[0].Frame().Values);
        Assert.Equal([2], recorders[1].Frame().Values);
    }

    [Fact]
    public void Hello_EveryByteChanged_IsNotTakenForAnother()
    {
        byte[] hello = HelloFormat.Hello(s_b, TensorStream.Bulk);
        for (int i = 0; i < hello.Length; i++)
        {
            byte[] bad = (byte[])hello.Clone();
            bad[i] ^= 1;
            try
            {
                bool isWhole = HelloFormat.HelloLength(bad) == bad.Length;
                Assert.True(!isWhole || HelloFormat.ReadHello(bad).Handshake.ProtocolVersion != 1);
            }
            catch (FrameException)
            {
                // Found.
            }
        }
    }

    [Fact]
    public void Hello_RandomBodies_GiveAHelloOrAReason()
    {
        var random = new Random(5);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] hello = HelloFormat.Hello(s_b, TensorStream.Bulk);
            for (int change = 0; change < 3; change++)
            {
                hello[random.Next(HelloFormat.PrefixSize, hello.Length - 8)] = (byte)random.Next(256);
            }
            System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(
                hello.AsSpan(^8), System.IO.Hashing.XxHash3.HashToUInt64(hello.AsSpan(..^8)));
            try
            {
                HelloFormat.ReadHello(hello);
            }
            catch (FrameException)
            {
                // The only exception that may come out.
            }
        }
    }
}
