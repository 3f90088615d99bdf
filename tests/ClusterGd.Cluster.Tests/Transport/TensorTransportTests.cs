using ClusterGd.Cluster.Transport;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Reduction;
using Xunit;

namespace ClusterGd.Cluster.Tests.Transport;

public sealed class LocalTransportTests() : TensorTransportTests(new TransportOptions());

public sealed class TcpTransportTests() : TensorTransportTests(new TransportOptions { UsesLocalSockets = false });

public abstract class TensorTransportTests(TransportOptions options) : IDisposable
{
    private readonly Party _a = new("a", options), _b = new("b", options);

    public static TheoryData<FrameKind> Kinds => [.. Enum.GetValues<FrameKind>()];

    public void Dispose()
    {
        _a.Dispose();
        _b.Dispose();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Send_EveryKind_ArrivesWithItsHeader(FrameKind kind)
    {
        var header = new FrameHeader
        {
            Kind = kind, Term = 3, Step = long.MaxValue, Pass = Pass.Full, Element = ElementType.Float32,
            IsFinal = true,
            Subtree = new Subtree(2, 5), Slice = 7, Count = 11, LeafCount = 13, LossSum = 0.1, NoiseSum = double.NaN,
        };

        _a.Transport.Send(_b.Endpoint, header, Party.Floats(1, 2, 3, 4, 5), 1, 3);

        var (received, values, _) = _b.Recorder.Frame();
        Assert.Equal(header with { RunId = _a.Transport.Handshake.RunId, PayloadBytes = 12 }, received);
        Assert.Equal([2, 3, 4], values);
    }

    [Theory]
    [InlineData(ElementType.Float32, 0)]
    [InlineData(ElementType.Float32, 1)]
    [InlineData(ElementType.Float32, 300_001)]
    [InlineData(ElementType.BFloat16, 0)]
    [InlineData(ElementType.BFloat16, 33)]
    [InlineData(ElementType.BFloat16, 300_001)]
    [InlineData(ElementType.Float16, 33)]
    [InlineData(ElementType.Float16, 300_001)]
    public void Send_EveryElementType_ArrivesRoundedToIt(ElementType element, int length)
    {
        var values = Enumerable.Range(0, length).Select(i => (i - length / 2) / 7f).ToArray();

        _a.Transport.Send(
            _b.Endpoint, Party.Header(FrameKind.SlicePublished, element), Party.Floats(values), 0, length);

        HalfKernels.Round(values, element);
        var (header, received, _) = _b.Recorder.Frame();
        Assert.Equal((element, length), (header.Element, header.Length));
        Assert.Equal(values, received);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)]
    [InlineData(TensorTransport.BlobBytesMax)]
    public void Send_Bytes_ArriveTheSame(int length)
    {
        byte[] payload = new byte[length];
        new Random(length).NextBytes(payload);

        _a.Transport.Send(_b.Endpoint, Party.Header(FrameKind.RowsChunk), payload);

        Assert.True(payload.AsSpan().SequenceEqual(_b.Recorder.Frame().Bytes));
    }

    [Fact]
    public void Send_ManyFrames_ArriveInOrder()
    {
        const int Count = 20_000;
        for (int i = 0; i < Count; i++)
        {
            var values = new FloatPool(1 + i % 9000).Rent();
            values.Span.Fill(i);
            _a.Transport.Send(
                _b.Endpoint, Party.Header(FrameKind.GradientPart, step: i), values, 0, values.Length % 50);
        }

        for (int i = 0; i < Count; i++)
        {
            var (header, values, _) = _b.Recorder.Frame();
            Assert.Equal(i, header.Step);
            Assert.All(values, v => Assert.Equal(i, v));
        }
    }
}
