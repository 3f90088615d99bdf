using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ClusterGd.Core.Data;

namespace ClusterGd.Data;

/// <summary>
/// SHA-256 over all that training sees of its data: rows and targets in their order, and what the targets are. Nodes
/// with another one hold other data. Paths, formats and the names of features and classes are not in it.
/// </summary>
/// <remarks>
/// The kind of target and the number of classes; then of each set of rows: its form, counts, targets, then starts,
/// columns and values (sparse) or the features of each row without padding (dense), all little-endian. Values are
/// hashed in blocks of <see cref="BlockBytes"/>, on all cores, and the hash is that of their hashes; the block size is
/// part of the definition.
/// </remarks>
internal static class ContentHash
{
    private const int BlockBytes = 1 << 22, ValidationMark = 2;

    public static string Of(DataSchema schema, Rows train, Rows? test, Rows? validation = null)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        // The same rows with a class that none of them has make a model with more outputs.
        Append(hash, [(long)schema.TargetKind, schema.ClassNames.Length]);
        Append(hash, train);
        if (test is not null) Append(hash, test);
        if (validation is not null)
        {
            // No form of rows: test rows alone and validation rows alone are different data.
            Append(hash, [ValidationMark]);
            Append(hash, validation);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Append(IncrementalHash hash, Rows rows)
    {
        Append(hash, [rows is SparseRows ? 1 : 0, rows.Count, rows.FeatureCount, rows.TargetCount, rows.StoredCount]);
        AppendBlocks(hash, rows.Targets.Length, 1, (first, count) =>
            MemoryMarshal.Cast<float, int>(rows.Targets.Slice(first, count)));
        switch (rows)
        {
            case SparseRows sparse:
                AppendBlocks(hash, sparse.Count + 1, 1, (first, count) => sparse.Starts.Slice(first, count));
                int stored = (int)sparse.StoredCount;
                AppendBlocks(hash, stored, 1, (first, count) => sparse.Columns.Slice(first, count));
                AppendBlocks(hash, stored, 1, (first, count) =>
                    MemoryMarshal.Cast<float, int>(sparse.Values.Slice(first, count)));
                break;
            case DenseRows dense:
                AppendBlocks(hash, dense.Count, dense.FeatureCount, (first, count) => Features(dense, first, count));
                break;
        }
    }

    private static void Append(IncrementalHash hash, ReadOnlySpan<long> numbers)
    {
        Span<byte> bytes = stackalloc byte[numbers.Length * sizeof(long)];
        for (int i = 0; i < numbers.Length; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes[(i * sizeof(long))..], numbers[i]);
        }
        hash.AppendData(bytes);
    }

    private delegate ReadOnlySpan<int> Words(int first, int count);

    /// <summary>Hashes items of <paramref name="width"/> words each, as many whole ones a block as fit.</summary>
    private static void AppendBlocks(IncrementalHash hash, int items, int width, Words words)
    {
        int perBlock = Math.Max(1, BlockBytes / sizeof(int) / width);
        int blocks = (int)(((long)items + perBlock - 1) / perBlock);
        var hashes = new byte[blocks * SHA256.HashSizeInBytes];
        Parallel.For(0, blocks, block =>
        {
            int first = block * perBlock;
            Hash(words(first, Math.Min(perBlock, items - first)), hashes.AsSpan(block * SHA256.HashSizeInBytes));
        });
        hash.AppendData(hashes);
    }

    private static void Hash(ReadOnlySpan<int> words, Span<byte> destination)
    {
        if (BitConverter.IsLittleEndian)
        {
            SHA256.HashData(MemoryMarshal.AsBytes(words), destination);
            return;
        }
        var swapped = new int[words.Length];
        BinaryPrimitives.ReverseEndianness(words, swapped);
        SHA256.HashData(MemoryMarshal.AsBytes<int>(swapped), destination);
    }

    private static ReadOnlySpan<int> Features(DenseRows rows, int first, int count)
    {
        int width = rows.FeatureCount, stride = rows.Stride;
        if (width == stride) return MemoryMarshal.Cast<float, int>(rows.Values.Slice(first * stride, count * stride));
        var packed = new float[count * width];
        for (int i = 0; i < count; i++) rows.Row(first + i)[..width].CopyTo(packed.AsSpan(i * width));
        return MemoryMarshal.Cast<float, int>(packed);
    }
}
