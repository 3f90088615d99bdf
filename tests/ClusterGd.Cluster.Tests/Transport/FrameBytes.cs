using ClusterGd.Cluster.Transport;
using ClusterGd.Core.Kernels;

namespace ClusterGd.Cluster.Tests.Transport;

/// <summary>A connection in memory: frames to bytes, and bytes to a reader in pieces of a size.</summary>
internal sealed class FrameBytes : IByteSink, IByteSource
{
    public const ulong RunId = 7;
    private readonly List<byte> _written = [];
    private readonly byte[] _bytes;
    private readonly int _pieceBytes;
    private int _position;

    public FrameBytes(byte[]? bytes = null, int pieceBytes = int.MaxValue) =>
        (_bytes, _pieceBytes) = (bytes ?? [], pieceBytes);

    /// <summary>Four small frames: bytes, and floats in each type.</summary>
    public static byte[] Small()
    {
        var sink = new FrameBytes();
        var writer = new FrameWriter(sink);
        foreach (var element in new[] { ElementType.Float32, ElementType.BFloat16, ElementType.Float16 })
        {
            writer.Write(Header(FrameKind.GradientPart, element, 5 * element.Size()), [1, -2, 0.5f, 1e5f, float.NaN]);
        }
        writer.Write(Header(FrameKind.RowsChunk, ElementType.Byte, 3), "abc"u8);
        writer.Flush();
        return [.. sink._written];
    }

    public static FrameHeader Header(FrameKind kind, ElementType element, long payloadBytes) =>
        new()
        {
            Kind = kind, RunId = RunId, Element = element, PayloadBytes = payloadBytes, Step = 3, Count = 2,
            LossSum = 0.5,
        };

    public static byte[] Of(FrameHeader header, ReadOnlySpan<byte> payload)
    {
        var sink = new FrameBytes();
        var writer = new FrameWriter(sink);
        writer.Write(in header, payload);
        writer.Flush();
        return [.. sink._written];
    }

    public void Write(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        _written.AddRange(first);
        _written.AddRange(second);
    }

    public int Read(Span<byte> destination, bool isBetweenFrames)
    {
        int count = Math.Min(Math.Min(destination.Length, _pieceBytes), _bytes.Length - _position);
        _bytes.AsSpan(_position, count).CopyTo(destination);
        _position += count;
        return count;
    }
}
