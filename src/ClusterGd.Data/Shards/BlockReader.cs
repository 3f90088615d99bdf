using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ClusterGd.Data.Shards;

/// <summary>
/// Reads what a <see cref="BlockWriter"/> wrote; no byte is given out before its block's checksum agrees.
/// </summary>
internal sealed class BlockReader(Stream stream) : IDisposable
{
    private byte[] _block = [];
    private readonly IncrementalHash _all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _payloadLeft, _position;
    private int _start, _end;

    /// <exception cref="InvalidDataException">The header, or any block later on, is cut short or damaged.</exception>
    public void ReadHeader(Span<byte> header) => ReadBlock(header);

    /// <summary>States how many bytes of words follow the header.</summary>
    public void Expect(long payloadBytes)
    {
        _payloadLeft = payloadBytes;
        _block = new byte[Math.Min(BlockWriter.BlockBytes, payloadBytes)];
    }

    public void Fill(Span<int> words)
    {
        while (!words.IsEmpty)
        {
            if (_start == _end) ReadNext();
            int count = Math.Min(words.Length, (_end - _start) / sizeof(int));
            var source = MemoryMarshal.Cast<byte, int>(_block.AsSpan(_start, count * sizeof(int)));
            if (BitConverter.IsLittleEndian) source.CopyTo(words);
            else BinaryPrimitives.ReverseEndianness(source, words);
            _start += count * sizeof(int);
            words = words[count..];
        }
    }

    public void Fill(Span<float> words) => Fill(MemoryMarshal.Cast<float, int>(words));

    /// <summary>Reads the checksum over all.</summary>
    public void Finish()
    {
        Span<byte> stated = stackalloc byte[BlockWriter.HashBytes];
        ReadBytes(stated);
        Compare(_all.GetHashAndReset(), stated, "the whole");
    }

    public void Dispose() => _all.Dispose();

    private void ReadNext()
    {
        _start = 0;
        _end = (int)Math.Min(_block.Length, _payloadLeft);
        _payloadLeft -= _end;
        ReadBlock(_block.AsSpan(0, _end));
    }

    private void ReadBlock(Span<byte> block)
    {
        long first = _position;
        Span<byte> hash = stackalloc byte[BlockWriter.HashBytes], stated = stackalloc byte[BlockWriter.HashBytes];
        ReadBytes(block);
        ReadBytes(stated);
        SHA256.HashData(block, hash);
        Compare(hash, stated, $"the block at byte {first}");
        _all.AppendData(hash);
    }

    private void ReadBytes(Span<byte> bytes)
    {
        int count = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        _position += count;
        if (count < bytes.Length) throw new InvalidDataException($"it ends after {_position} bytes");
    }

    private static void Compare(ReadOnlySpan<byte> actual, ReadOnlySpan<byte> stated, string what)
    {
        if (actual.SequenceEqual(stated)) return;
        throw new InvalidDataException(
            $"the checksum of {what} is {Convert.ToHexStringLower(actual[..6])}…, and " +
            $"{Convert.ToHexStringLower(stated[..6])}… is stated");
    }
}
