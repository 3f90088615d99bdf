using ClusterGd.Cluster.Faults;
using ClusterGd.Cluster.Transport;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Cluster.Tests.Transport;

/// <summary>One side: listener, transport and what it received.</summary>
internal sealed class Party : IDisposable
{
    private const ulong RunId = 0x1234_5678_9ABC_DEF0;

    public Party(
        string name, TransportOptions? options = null, Handshake? handshake = null, int port = 0,
        string host = "127.0.0.1", LiveFaults? faults = null)
    {
        Listener = TensorListener.Start(host, port, options);
        Transport = new TensorTransport(Listener, handshake ?? HandshakeOf(name), Recorder, options, faults);
    }

    public TensorListener Listener { get; }

    public TensorTransport Transport { get; }

    public Recorder Recorder { get; } = new();

    public string Endpoint => $"127.0.0.1:{Listener.Port}";

    public static Handshake HandshakeOf(string name) => new(RunId, name, "job-1", "data-1", "1");

    public static FrameHeader Header(FrameKind kind, ElementType element = ElementType.Float32, long step = 0) =>
        new() { Kind = kind, Element = element, Step = step };

    /// <summary>A buffer of its own pool with these values and one owner.</summary>
    public static PooledFloats Floats(params float[] values)
    {
        var buffer = new FloatPool(values.Length).Rent();
        values.CopyTo(buffer.Span);
        return buffer;
    }

    public void Dispose()
    {
        Transport.Dispose();
        Listener.Dispose();
    }
}
