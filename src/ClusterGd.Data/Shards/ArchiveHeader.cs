using System.Buffers.Binary;
using ClusterGd.Core.Data;

namespace ClusterGd.Data.Shards;

/// <summary>The first bytes of a <see cref="ShardArchive"/>; the length of the whole follows from them.</summary>
internal sealed record ArchiveHeader(
    ShardKey Key, bool IsSparse, bool HasWeights, int RowCount, int FeatureCount, int TargetCount, long StoredCount)
{
    public const int Bytes = 80;
    private const uint Version = 1;

    private static ReadOnlySpan<byte> Magic => "CGDshard"u8;

    /// <summary>
    /// Bytes of the numbers that follow: targets, weights where there are any, then starts and columns (sparse), then
    /// values.
    /// </summary>
    public long PayloadBytes => sizeof(float) * (
        (long)RowCount * TargetCount + (HasWeights ? RowCount : 0)
        + (IsSparse ? RowCount + 1L + 2 * StoredCount : StoredCount));

    /// <summary>Bytes of the archive with all its checksums.</summary>
    public long ArchiveBytes => Bytes + 2 * BlockWriter.HashBytes + BlockWriter.BytesOf(PayloadBytes);

    public static ArchiveHeader Of(ShardKey key, Rows rows, int first, int count)
    {
        var sparse = rows as SparseRows;
        long stored = sparse is null
            ? (long)count * rows.FeatureCount
            : sparse.Starts[first + count] - sparse.Starts[first];
        return new ArchiveHeader(
            key, sparse is not null, !rows.Weights.IsEmpty && count > 0, count, rows.FeatureCount, rows.TargetCount,
            stored);
    }

    public void Write(Span<byte> bytes)
    {
        Magic.CopyTo(bytes);
        ReadOnlySpan<int> words =
        [
            (int)Version, (IsSparse ? 1 : 0) + (HasWeights ? 2 : 0), (int)Key.Set, Key.Shard, Key.ShardCount,
            RowCount, FeatureCount, TargetCount,
        ];
        for (int i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes[(8 + 4 * i)..], words[i]);
        }
        BinaryPrimitives.WriteInt64LittleEndian(bytes[40..], StoredCount);
        Convert.FromHexString(Key.DataHash, bytes[48..], out _, out _);
    }

    /// <summary>What the bytes say, once they are known to make sense.</summary>
    /// <exception cref="InvalidDataException">They make none.</exception>
    public static ArchiveHeader Parse(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.StartsWith(Magic))
        {
            throw new InvalidDataException(
                $"it begins with {Convert.ToHexStringLower(bytes[..8])} and no shard archive does");
        }
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        if (version != Version)
        {
            throw new InvalidDataException($"it has version {version}, and this program reads version {Version}");
        }
        Span<int> words = stackalloc int[7];
        for (int i = 0; i < words.Length; i++)
        {
            words[i] = BinaryPrimitives.ReadInt32LittleEndian(bytes[(12 + 4 * i)..]);
        }
        long stored = BinaryPrimitives.ReadInt64LittleEndian(bytes[40..]);
        var (form, rows, features, targets) = (words[0], words[4], words[5], words[6]);
        if (form is < 0 or > 3 || !CanBe(form % 2 == 1, rows, features, targets, stored))
        {
            throw new InvalidDataException(
                $"it states {rows} rows of form {form} with {features} features, {targets} targets and {stored} " +
                "stored values, and no rows are like that");
        }
        return new ArchiveHeader(
            KeyOf(bytes[48..], words), form % 2 == 1, form >= 2, rows, features, targets, stored);
    }

    private static ShardKey KeyOf(ReadOnlySpan<byte> hash, ReadOnlySpan<int> words)
    {
        try
        {
            return new ShardKey(Convert.ToHexStringLower(hash), (RowSet)words[1], words[2], words[3]);
        }
        catch (ArgumentException)
        {
            throw new InvalidDataException($"it states shard {words[2]} of {words[3]} in row set {words[1]}");
        }
    }

    /// <summary>Whether rows of these counts fit into arrays; also keeps the products above within a long.</summary>
    private static bool CanBe(bool isSparse, int rows, int features, int targets, long stored)
    {
        if (rows < 0 || features < 1 || targets < 0 || stored < 0) return false;
        if (rows == int.MaxValue || (long)rows * targets > Array.MaxLength) return false;
        if (isSparse) return stored <= Array.MaxLength && stored <= (long)rows * features;
        return stored == (long)rows * features && (long)rows * ((features + 15L) / 16 * 16) <= Array.MaxLength - 16;
    }
}
