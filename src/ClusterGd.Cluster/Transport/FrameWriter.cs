using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using ClusterGd.Core.Kernels;

namespace ClusterGd.Cluster.Transport;

/// <summary>
/// Frames to bytes. Small frames are gathered, large float32 payloads are written from where they lie, 16-bit elements
/// are packed a piece at a time; each piece is hashed while it is in the cache. No allocation a frame. One thread.
/// </summary>
internal sealed class FrameWriter(IByteSink sink)
{
    /// <summary>Payloads from here on are not copied.</summary>
    private const int InPlaceBytesMin = 16 << 10;

    /// <summary>What is hashed and then written: half of a second-level cache at most.</summary>
    private const int PieceBytes = 256 << 10;

    private readonly byte[] _gathered = new byte[64 << 10];
    private readonly XxHash3 _hash = new();
    private int _gatheredBytes;

    /// <summary>Writes a frame of floats; what is small stays here until <see cref="Flush"/>.</summary>
    /// <param name="header">With its payload's length and element type.</param>
    public void Write(in FrameHeader header, ReadOnlySpan<float> values)
    {
        if (header.Element == ElementType.Float32)
        {
            Write(in header, MemoryMarshal.AsBytes(values));
            return;
        }
        Begin(in header);
        while (!values.IsEmpty)
        {
            Reserve(sizeof(ushort));
            var room = MemoryMarshal.Cast<byte, ushort>(_gathered.AsSpan(_gatheredBytes));
            int count = Math.Min(values.Length, room.Length);
            HalfKernels.Pack(values[..count], room, header.Element);
            _hash.Append(MemoryMarshal.AsBytes(room[..count]));
            _gatheredBytes += count * sizeof(ushort);
            values = values[count..];
        }
        End();
    }

    /// <summary>Writes a frame of bytes; what is small stays here until <see cref="Flush"/>.</summary>
    /// <param name="header">With its payload's length and element type.</param>
    public void Write(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        Begin(in header);
        if (payload.Length < InPlaceBytesMin)
        {
            Reserve(payload.Length);
            payload.CopyTo(_gathered.AsSpan(_gatheredBytes));
            _hash.Append(_gathered.AsSpan(_gatheredBytes, payload.Length));
            _gatheredBytes += payload.Length;
        }
        else
        {
            while (!payload.IsEmpty)
            {
                var piece = payload[..Math.Min(payload.Length, PieceBytes)];
                _hash.Append(piece);
                sink.Write(_gathered.AsSpan(0, _gatheredBytes), piece);
                _gatheredBytes = 0;
                payload = payload[piece.Length..];
            }
        }
        End();
    }

    /// <summary>Writes what was gathered.</summary>
    public void Flush()
    {
        if (_gatheredBytes > 0) sink.Write(_gathered.AsSpan(0, _gatheredBytes), default);
        _gatheredBytes = 0;
    }

    private void Begin(in FrameHeader header)
    {
        Reserve(FrameHeader.Size);
        header.Write(_gathered.AsSpan(_gatheredBytes));
        _gatheredBytes += FrameHeader.Size;
        _hash.Reset();
    }

    private void End()
    {
        Reserve(FrameHeader.TrailerSize);
        BinaryPrimitives.WriteUInt64LittleEndian(_gathered.AsSpan(_gatheredBytes), _hash.GetCurrentHashAsUInt64());
        _gatheredBytes += FrameHeader.TrailerSize;
    }

    private void Reserve(int bytes)
    {
        if (_gathered.Length - _gatheredBytes < bytes) Flush();
    }
}
