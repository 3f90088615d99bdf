using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Transport;

/// <summary>
/// Bytes to frames. A header is read and checked before anything is rented for its payload, floats are received into
/// the buffer that the receiver gets, and a frame is delivered after its checksum agreed. No allocation a frame. One
/// thread.
/// </summary>
/// <param name="node">Who sends them.</param>
/// <param name="meter">Told of all that comes, long before a large frame is whole.</param>
internal sealed class FrameReader(
    IByteSource source, ulong runId, string node, ITensorReceiver receiver, ReceiveBuffers buffers, PeerMeter meter)
{
    /// <summary>
    /// Headers and small frames come together with what follows them; little of a large one comes this way.
    /// </summary>
    private const int AheadBytes = 16 << 10;

    /// <summary>What is received and then hashed or unpacked at a time.</summary>
    private const int PieceBytes = 256 << 10;

    private readonly byte[] _ahead = new byte[AheadBytes];
    private readonly XxHash3 _hash = new();
    private byte[] _packed = [];
    private int _start, _end;
    private bool _isLarge;

    /// <summary>Reads and delivers one frame; false at a clean end. Throws <see cref="FrameException"/>.</summary>
    public bool ReadFrame(out long frameBytes)
    {
        frameBytes = 0;
        if (!Fill(FrameHeader.Size, mayEnd: true)) return false;
        var header = FrameHeader.Read(_ahead.AsSpan(_start, FrameHeader.Size));
        _start += FrameHeader.Size;
        if (header.RunId != runId)
        {
            throw new FrameException($"a frame is of run {header.RunId:x16}, this is run {runId:x16}");
        }
        long allowed = receiver.MaxBytes(in header);
        if (header.PayloadBytes > allowed)
        {
            throw new FrameException(
                $"a {header.Kind} of slice {header.Slice} has {header.PayloadBytes} bytes, allowed are {allowed}");
        }
        _isLarge = header.PayloadBytes >= LinkHealth.LargeBytes;
        _hash.Reset();
        if (header.Element == ElementType.Byte) ReadBytes(in header);
        else ReadFloats(in header);
        if (_isLarge) meter.LargeFrameCame();
        frameBytes = FrameHeader.Size + header.PayloadBytes + FrameHeader.TrailerSize;
        return true;
    }

    private void ReadFloats(in FrameHeader header)
    {
        var values = buffers.Rent(header.Length);
        try
        {
            if (header.Element == ElementType.Float32) ReadHashed(MemoryMarshal.AsBytes(values.Span));
            else ReadPacked(values.Span, header.Element);
            VerifyPayload(in header);
        }
        catch
        {
            values.Release();
            throw;
        }
        receiver.Receive(in header, node, values);
    }

    private void ReadPacked(Span<float> values, ElementType element)
    {
        if (_packed.Length == 0) _packed = new byte[PieceBytes];
        while (!values.IsEmpty)
        {
            int count = Math.Min(values.Length, PieceBytes / sizeof(ushort));
            var piece = _packed.AsSpan(0, count * sizeof(ushort));
            ReadHashed(piece);
            HalfKernels.Unpack(MemoryMarshal.Cast<byte, ushort>(piece), values[..count], element);
            values = values[count..];
        }
    }

    private void ReadBytes(in FrameHeader header)
    {
        byte[] payload = ArrayPool<byte>.Shared.Rent((int)header.PayloadBytes);
        try
        {
            var bytes = payload.AsSpan(0, (int)header.PayloadBytes);
            ReadHashed(bytes);
            VerifyPayload(in header);
            receiver.Receive(in header, bytes);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(payload);
        }
    }

    private void ReadHashed(Span<byte> destination)
    {
        int ahead = Math.Min(destination.Length, _end - _start);
        _ahead.AsSpan(_start, ahead).CopyTo(destination);
        _hash.Append(destination[..ahead]);
        _start += ahead;
        for (destination = destination[ahead..]; !destination.IsEmpty;)
        {
            int count = source.Read(destination[..Math.Min(destination.Length, PieceBytes)], isBetweenFrames: false);
            if (count == 0) throw EndedWithin();
            meter.Add(count, _isLarge);
            _hash.Append(destination[..count]);
            destination = destination[count..];
        }
    }

    private void VerifyPayload(in FrameHeader header)
    {
        Fill(FrameHeader.TrailerSize, mayEnd: false);
        ulong stated = BinaryPrimitives.ReadUInt64LittleEndian(_ahead.AsSpan(_start));
        ulong actual = _hash.GetCurrentHashAsUInt64();
        _start += FrameHeader.TrailerSize;
        if (stated != actual) throw FrameException.Checksum($"the payload of a {header.Kind}", stated, actual);
    }

    /// <summary>Has at least so many bytes ahead; false where there is none at all and the end may be here.</summary>
    private bool Fill(int bytes, bool mayEnd)
    {
        if (_end - _start >= bytes) return true;
        _ahead.AsSpan(_start, _end - _start).CopyTo(_ahead);
        (_start, _end) = (0, _end - _start);
        while (_end < bytes)
        {
            bool isBetweenFrames = mayEnd && _end == 0;
            int count = source.Read(_ahead.AsSpan(_end), isBetweenFrames);
            if (count == 0) return isBetweenFrames ? false : throw EndedWithin();
            // Between frames what comes may be of a small one.
            meter.Add(count, isLarge: false);
            _end += count;
        }
        return true;
    }

    private static FrameException EndedWithin() => new("the connection ended within a frame");
}
