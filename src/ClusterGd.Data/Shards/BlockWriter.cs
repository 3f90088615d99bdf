using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ClusterGd.Data.Shards;

/// <summary>
/// Writes a header and 32-bit words, little-endian, in blocks of <see cref="BlockBytes"/>: after each its SHA-256, and
/// at the end the SHA-256 of those, so that a block that was moved is found too.
/// </summary>
/// <param name="payloadBytes">Bytes of all the words.</param>
internal sealed class BlockWriter(Stream stream, long payloadBytes) : IDisposable
{
    public const int BlockBytes = 1 << 20, HashBytes = SHA256.HashSizeInBytes;
    private readonly byte[] _block = new byte[Math.Min(BlockBytes, payloadBytes)];
    private readonly IncrementalHash _all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private int _length;

    /// <summary>Bytes that so many bytes of words take with the checksums of their blocks.</summary>
    public static long BytesOf(long payloadBytes) =>
        payloadBytes + (payloadBytes + BlockBytes - 1) / BlockBytes * HashBytes;

    public void WriteHeader(ReadOnlySpan<byte> header) => WriteBlock(header);

    public void Append(ReadOnlySpan<int> words)
    {
        while (!words.IsEmpty)
        {
            int count = Math.Min(words.Length, (_block.Length - _length) / sizeof(int));
            var destination = MemoryMarshal.Cast<byte, int>(_block.AsSpan(_length, count * sizeof(int)));
            if (BitConverter.IsLittleEndian) words[..count].CopyTo(destination);
            else BinaryPrimitives.ReverseEndianness(words[..count], destination);
            _length += count * sizeof(int);
            words = words[count..];
            if (_length == _block.Length) Flush();
        }
    }

    public void Append(ReadOnlySpan<float> words) => Append(MemoryMarshal.Cast<float, int>(words));

    /// <summary>Writes what is left and the checksum over all.</summary>
    public void Finish()
    {
        if (_length > 0) Flush();
        stream.Write(_all.GetHashAndReset());
    }

    public void Dispose() => _all.Dispose();

    private void Flush()
    {
        WriteBlock(_block.AsSpan(0, _length));
        _length = 0;
    }

    private void WriteBlock(ReadOnlySpan<byte> block)
    {
        Span<byte> hash = stackalloc byte[HashBytes];
        SHA256.HashData(block, hash);
        _all.AppendData(hash);
        stream.Write(block);
        stream.Write(hash);
    }
}
