using System.Diagnostics;
using ClusterGd.Cluster.Transport;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Reduction;
using ClusterGd.Tests;
using Xunit;
using Xunit.Abstractions;

namespace ClusterGd.Cluster.Tests.Transport;

[Collection(QuietCollection.Name)]
public class SteadyStateTests(ITestOutputHelper output)
{
    private static readonly TimeSpan s_limit = Limits.Hang;

    [Theory]
    [InlineData(ElementType.Float32, 64, true)]
    [InlineData(ElementType.Float32, 65_536, true)]
    [InlineData(ElementType.Float32, 65_536, false)]
    [InlineData(ElementType.BFloat16, 65_536, true)]
    public void Send_ThousandsOfFrames_AllocatesNothing(ElementType element, int length, bool isLocal)
    {
        const int Count = 5000;
        var options = new TransportOptions { UsesLocalSockets = isLocal };
        using var a = new Party("a", options);
        using var b = new Party("b", options);
        using var arrived = new SemaphoreSlim(0);
        b.Recorder.OnFloats = (_, values) =>
        {
            values.Release();
            arrived.Release();
        };
        var pool = new FloatPool(length);
        string endpoint = b.Endpoint;
        // Three times as many on the way as measured later: so the pools have what they need, however threads run.
        Exchange(3000, onTheWay: 30);

        // The least of a few: the runtime's own threads allocate now and then.
        long bytes = long.MaxValue;
        for (int i = 0; i < 4; i++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            Exchange(Count, onTheWay: 10);
            bytes = Math.Min(bytes, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        output.WriteLine($"{element}, {length} floats: {bytes} bytes allocated in {Count} frames, both sides");
        Assert.InRange(bytes / (double)Count, 0, 4);

        void Exchange(int count, int onTheWay)
        {
            for (int i = 0; i < count; i += onTheWay)
            {
                for (int j = 0; j < onTheWay; j++)
                {
                    a.Transport.Send(endpoint, Party.Header(FrameKind.GradientPart, element), pool.Rent(), 0, length);
                }
                for (int j = 0; j < onTheWay; j++) Assert.True(arrived.Wait(s_limit));
            }
        }
    }

    [Fact]
    public void Send_PeerThatDoesNotRead_KeepsMemoryFlat()
    {
        const int FloatCount = 1 << 18;
        const long QueueBytes = 16 << 20;
        var (listener, port) = RawPeer.Listen();
        using var a = new Party("a", new TransportOptions { QueueBytesMax = QueueBytes });
        var pool = new FloatPool(FloatCount);
        string endpoint = $"127.0.0.1:{port}";
        SendOne();
        using var peer = RawPeer.Accept(listener);
        for (int i = 0; i < 1000; i++) SendOne();
        long before = GC.GetTotalMemory(forceFullCollection: true);

        var elapsed = Stopwatch.StartNew();
        for (int i = 0; i < 5000; i++)
        {
            SendOne();
            Assert.InRange(a.Transport.Counters.QueuedBytes, 0, QueueBytes);
        }

        long grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        output.WriteLine(
            $"5000 frames of 1 MiB in {elapsed.ElapsedMilliseconds} ms: {grown} bytes grown, " +
            $"{pool.CreatedCount} buffers");
        // What earlier tests left behind may go in between, so less is no surprise.
        Assert.InRange(grown, long.MinValue, 4 << 20);
        Assert.InRange(pool.CreatedCount, 1, 20);
        Assert.InRange(a.Transport.Counters.DroppedCount, 5900, 6100);
        listener.Dispose();

        void SendOne() => a.Transport.Send(endpoint, Party.Header(FrameKind.GradientPart), pool.Rent(), 0, FloatCount);
    }

    [Fact]
    public void Receive_NothingReleased_StopsReadingAtTheLimit()
    {
        const int FloatCount = 1 << 16, Fit = 8;
        using var a = new Party("a");
        using var b = new Party("b", new TransportOptions { ReceiveBytesMax = Fit * FloatCount * sizeof(float) });
        var held = new System.Collections.Concurrent.BlockingCollection<PooledFloats>();
        b.Recorder.OnFloats = (_, values) => held.Add(values);
        var pool = new FloatPool(FloatCount);
        for (int i = 0; i < 100; i++)
        {
            a.Transport.Send(b.Endpoint, Party.Header(FrameKind.GradientPart), pool.Rent(), 0, FloatCount);
        }

        var taken = Enumerable.Range(0, Fit).Select(_ => Take()).ToList();
        Assert.False(held.TryTake(out _, TimeSpan.FromMilliseconds(200)));
        for (int i = Fit; i < 100; i++)
        {
            taken[i - Fit].Release();
            taken.Add(Take());
        }

        PooledFloats Take()
        {
            Assert.True(held.TryTake(out var values, s_limit));
            return values;
        }
    }
}
