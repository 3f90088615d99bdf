using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace ClusterGd.Cluster.Storage;

/// <summary>
/// The outside of a checkpoint file, little-endian: a header of 4 KiB, the body in blocks of 1 MiB, the checksums of
/// the blocks, the length of it all. Every byte of the file is under a checksum or compared with a fixed one; a block's
/// checksum has its number in it.
/// </summary>
/// <remarks>
/// <code>
/// header   0 magic (8)   8 u32 version   12 u32 block bytes   16 u64 run   24 i64 step   32 i64 body bytes
///          40 job hash, data hash, kernel version: u16 length and UTF-8 each; zeros; 4088 u64 XXH3-64 of the rest
/// footer   u64 XXH3-64 of every block, its number as the seed; i64 bytes of the file;
///          u64 XXH3-64 of header, checksums and length; magic (8)
/// </code>
/// </remarks>
internal static class CheckpointFrame
{
    public const int HeaderBytes = 4096, BlockBytes = 1 << 20;
    private const int Version = 4, TextsOffset = 40, TrailerBytes = 24;

    private static ReadOnlySpan<byte> HeadMagic => "CGDCKPT1"u8;

    private static ReadOnlySpan<byte> TailMagic => "CGDCKEND"u8;

    public static int BlockCount(long bodyBytes) => (int)((bodyBytes + BlockBytes - 1) / BlockBytes);

    public static long FileBytes(long bodyBytes) =>
        HeaderBytes + bodyBytes + BlockCount(bodyBytes) * sizeof(ulong) + TrailerBytes;

    public static ulong Checksum(ReadOnlySpan<byte> block, int number) => XxHash3.HashToUInt64(block, number);

    public static byte[] WriteHeader(CheckpointHeader header, long bodyBytes)
    {
        var bytes = new byte[HeaderBytes];
        HeadMagic.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), Version);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), BlockBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(16), header.RunId);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(24), header.Step);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(32), bodyBytes);
        var rest = bytes.AsSpan(TextsOffset, HeaderBytes - TextsOffset - sizeof(ulong));
        foreach (string text in new[] { header.JobHash, header.DataHash, header.KernelVersion })
        {
            int length = Encoding.UTF8.GetBytes(text, rest[2..]);
            BinaryPrimitives.WriteUInt16LittleEndian(rest, (ushort)length);
            rest = rest[(2 + length)..];
        }
        var all = bytes.AsSpan();
        BinaryPrimitives.WriteUInt64LittleEndian(all[^8..], XxHash3.HashToUInt64(all[..^8]));
        return bytes;
    }

    /// <exception cref="CheckpointException">The bytes are no header, or damaged.</exception>
    public static (CheckpointHeader Header, long BodyBytes) ReadHeader(ReadOnlySpan<byte> bytes)
    {
        if (!bytes[..8].SequenceEqual(HeadMagic)) throw new CheckpointException("it does not begin as a checkpoint");
        Compare("the header", XxHash3.HashToUInt64(bytes[..^8]), BinaryPrimitives.ReadUInt64LittleEndian(bytes[^8..]));
        int version = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]);
        int blockBytes = BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]);
        if (version != Version || blockBytes != BlockBytes)
        {
            throw new CheckpointException(
                $"it has format version {version} with blocks of {blockBytes} bytes, this program reads version " +
                $"{Version} with {BlockBytes}");
        }
        long bodyBytes = BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]);
        var texts = new string[3];
        var rest = bytes[TextsOffset..^8];
        for (int i = 0; i < texts.Length; i++)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(rest);
            texts[i] = Encoding.UTF8.GetString(rest.Slice(2, length));
            rest = rest[(2 + length)..];
        }
        return (new CheckpointHeader(
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]), texts[0], texts[1], texts[2],
            BinaryPrimitives.ReadInt64LittleEndian(bytes[24..])), bodyBytes);
    }

    public static byte[] WriteFooter(ReadOnlySpan<byte> header, ReadOnlySpan<ulong> checksums, long bodyBytes)
    {
        var bytes = new byte[checksums.Length * sizeof(ulong) + TrailerBytes];
        for (int i = 0; i < checksums.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(i * sizeof(ulong)), checksums[i]);
        }
        var all = bytes.AsSpan();
        BinaryPrimitives.WriteInt64LittleEndian(all[^24..], FileBytes(bodyBytes));
        BinaryPrimitives.WriteUInt64LittleEndian(all[^16..], HashOf(header, all[..^16]));
        TailMagic.CopyTo(all[^8..]);
        return bytes;
    }

    /// <summary>The checksums of the blocks.</summary>
    /// <exception cref="CheckpointException">The bytes are not the header's footer, or damaged.</exception>
    public static ulong[] ReadFooter(ReadOnlySpan<byte> header, ReadOnlySpan<byte> bytes)
    {
        if (!bytes[^8..].SequenceEqual(TailMagic)) throw new CheckpointException("it does not end as a checkpoint");
        Compare("the footer", HashOf(header, bytes[..^16]), BinaryPrimitives.ReadUInt64LittleEndian(bytes[^16..]));
        var checksums = new ulong[(bytes.Length - TrailerBytes) / sizeof(ulong)];
        for (int i = 0; i < checksums.Length; i++)
        {
            checksums[i] = BinaryPrimitives.ReadUInt64LittleEndian(bytes[(i * sizeof(ulong))..]);
        }
        return checksums;
    }

    public static void Compare(string what, ulong actual, ulong stated)
    {
        if (actual == stated) return;
        throw new CheckpointException($"{what} has checksum {actual:x16}, {stated:x16} is stated");
    }

    private static ulong HashOf(ReadOnlySpan<byte> header, ReadOnlySpan<byte> table)
    {
        var hash = new XxHash3();
        hash.Append(header);
        hash.Append(table);
        return hash.GetCurrentHashAsUInt64();
    }
}
