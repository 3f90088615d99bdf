using ClusterGd.Core.Data;
using ClusterGd.Core.Kernels;
using ClusterGd.Data.Shards;

namespace ClusterGd.Data;

/// <summary>
/// One shard's rows as bytes, for other nodes and for the cache: the same bytes from whole data or from a shard alone.
/// Little-endian: an 80-byte header (magic, version, form, what shard of what data, counts), then targets, weights
/// where there are any, then starts, columns and values (sparse) or features without padding (dense); in blocks with a
/// SHA-256 each, and one over all.
/// </summary>
/// <remarks>Both directions hold one block of 1 MiB beside the rows themselves.</remarks>
public static class ShardArchive
{
    /// <summary>Bytes that <see cref="Write"/> will write.</summary>
    public static long LengthOf(ShardKey key, Rows rows, int first, int count) =>
        ArchiveHeader.Of(key, rows, first, count).ArchiveBytes;

    /// <summary>Writes rows first … first+count-1, which are the shard's.</summary>
    public static void Write(Stream stream, ShardKey key, Rows rows, int first, int count)
    {
        var header = ArchiveHeader.Of(key, rows, first, count);
        Span<byte> bytes = stackalloc byte[ArchiveHeader.Bytes];
        header.Write(bytes);
        using var blocks = new BlockWriter(stream, header.PayloadBytes);
        blocks.WriteHeader(bytes);
        blocks.Append(rows.Targets.Slice(first * rows.TargetCount, count * rows.TargetCount));
        if (header.HasWeights) blocks.Append(rows.Weights.Slice(first, count));
        if (rows is SparseRows sparse) WriteSparse(blocks, sparse, first, count);
        else WriteDense(blocks, (DenseRows)rows, first, count);
        blocks.Finish();
    }

    /// <summary>Reads the rows of the shard named, and checks all that could harm: nothing is taken on trust.</summary>
    /// <param name="length">Bytes that are really there: nothing is allocated that they could not fill.</param>
    /// <exception cref="InvalidDataException">
    /// The archive is cut short, damaged, of another shard or none: a clause about "it", such as "it ends after 80
    /// bytes", for a sentence that says where it came from.
    /// </exception>
    public static Rows Read(Stream stream, long length, ShardKey key)
    {
        const int Least = ArchiveHeader.Bytes + 2 * BlockWriter.HashBytes;
        if (length < Least) throw new InvalidDataException($"it has {length} bytes, and at least {Least} are needed");
        using var blocks = new BlockReader(stream);
        Span<byte> bytes = stackalloc byte[ArchiveHeader.Bytes];
        blocks.ReadHeader(bytes);
        var header = ArchiveHeader.Parse(bytes);
        if (header.Key != key) throw new InvalidDataException($"it holds the {header.Key}, and the {key} is wanted");
        if (header.ArchiveBytes != length)
        {
            throw new InvalidDataException($"it has {length} bytes, and its header makes {header.ArchiveBytes}");
        }
        blocks.Expect(header.PayloadBytes);
        var targets = new float[header.RowCount * header.TargetCount];
        blocks.Fill(targets);
        RequireFinite(targets, "target");
        var weights = new float[header.HasWeights ? header.RowCount : 0];
        blocks.Fill(weights);
        RequireFinite(weights, "weight");
        if (weights.Any(w => w < 0)) throw new InvalidDataException("it has a weight below 0");
        Rows rows = header.IsSparse ? ReadSparse(blocks, header, targets) : ReadDense(blocks, header, targets);
        blocks.Finish();
        return header.HasWeights ? rows.Weighted(weights) : rows;
    }

    private static void WriteDense(BlockWriter blocks, DenseRows rows, int first, int count)
    {
        if (rows.FeatureCount == rows.Stride)
        {
            blocks.Append(rows.Values.Slice(first * rows.Stride, count * rows.Stride));
            return;
        }
        for (int i = 0; i < count; i++) blocks.Append(rows.Row(first + i)[..rows.FeatureCount]);
    }

    private static void WriteSparse(BlockWriter blocks, SparseRows rows, int first, int count)
    {
        int start = rows.Starts[first], end = rows.Starts[first + count];
        Span<int> one = stackalloc int[1];
        for (int i = 0; i <= count; i++)
        {
            one[0] = rows.Starts[first + i] - start;
            blocks.Append(one);
        }
        blocks.Append(rows.Columns[start..end]);
        blocks.Append(rows.Values[start..end]);
    }

    private static DenseRows ReadDense(BlockReader blocks, ArchiveHeader header, float[] targets)
    {
        int features = header.FeatureCount, stride = DenseRows.StrideOf(features);
        var values = new AlignedFloats(header.RowCount * stride);
        if (features == stride) blocks.Fill(values.Span);
        else for (int i = 0; i < header.RowCount; i++) blocks.Fill(values.Span.Slice(i * stride, features));
        RequireFinite(values.Span, "value");
        return new DenseRows(header.RowCount, features, values, targets, header.TargetCount);
    }

    private static SparseRows ReadSparse(BlockReader blocks, ArchiveHeader header, float[] targets)
    {
        var starts = new int[header.RowCount + 1];
        blocks.Fill(starts);
        CheckStarts(starts, header.StoredCount);
        var columns = new int[header.StoredCount];
        blocks.Fill(columns);
        CheckColumns(starts, columns, header.FeatureCount);
        var values = new float[header.StoredCount];
        blocks.Fill(values);
        RequireFinite(values, "value");
        return new SparseRows(
            header.RowCount, header.FeatureCount, starts, columns, values, targets, header.TargetCount);
    }

    private static void CheckStarts(ReadOnlySpan<int> starts, long storedCount)
    {
        bool isGood = starts[0] == 0 && starts[^1] == storedCount;
        for (int i = 1; i < starts.Length; i++) isGood &= starts[i] >= starts[i - 1];
        if (!isGood) throw new InvalidDataException($"its rows do not divide its {storedCount} stored values");
    }

    // The kernels do not look at columns again before they index with them.
    private static void CheckColumns(ReadOnlySpan<int> starts, ReadOnlySpan<int> columns, int featureCount)
    {
        for (int row = 0; row + 1 < starts.Length; row++)
        {
            int previous = -1;
            foreach (int column in columns[starts[row]..starts[row + 1]])
            {
                if (column <= previous || column >= featureCount)
                {
                    throw new InvalidDataException(
                        $"its row {row} has column {column} after {previous}, and columns ascend to " +
                        $"{featureCount - 1}");
                }
                previous = column;
            }
        }
    }

    private static void RequireFinite(ReadOnlySpan<float> numbers, string what)
    {
        if (VectorKernels.IsAllFinite(numbers)) return;
        throw new InvalidDataException($"it has a {what} that is no finite number");
    }
}
