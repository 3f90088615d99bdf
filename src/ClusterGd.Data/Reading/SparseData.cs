using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Data.Input;

namespace ClusterGd.Data.Reading;

/// <summary>Rows of (column, value) pairs, from a LIBSVM file.</summary>
internal sealed class SparseData(string path, RawTargets targets) : RawData(path, targets)
{
    public Growable<int> Starts { get; } = new();

    public Growable<int> Columns { get; } = new(1 << 16);

    public Growable<float> Values { get; } = new(1 << 16);

    public Growable<long> Lines { get; } = new();

    /// <summary>The largest index of the file, which counts from 1, and its line; 0 for none.</summary>
    public int LargestIndex { get; set; }

    public long LargestIndexLine { get; set; }

    public override int Count => Lines.Count;

    public override long LineOf(int row) => Lines[row];

    public override DataEncoding Fit(DataSource source, int[]? rows)
    {
        int features = Math.Max(source.Features, LargestIndex);
        if (features == 0)
        {
            throw new InputException(
                $"{Path}: no row has a feature: state how many there are (features), or mend the file.");
        }
        return new DataEncoding
        {
            Format = DataFormat.LibSvm,
            Schema = SchemaOf(features, []),
            IsSparse = DataEncoding.IsBetterSparse(Values.Count, (long)Count * features),
            Scale = source.Scale,
        };
    }

    public override Rows Encode(DataEncoding encoding, int[]? rows, float[] targets, List<string> notes)
    {
        int features = encoding.Schema.FeatureCount;
        if (LargestIndex > features)
        {
            throw new InputException(
                $"{Path}:{LargestIndexLine}: {Sizes.Text(LargestIndex)} features, but the training rows have " +
                $"{Sizes.Text(features)}: state features: {LargestIndex} for the training file, or mend this one.");
        }
        return encoding.IsSparse
            ? EncodeSparse(encoding, rows, targets)
            : EncodeDense(encoding, rows, targets);
    }

    private SparseRows EncodeSparse(DataEncoding encoding, int[]? rows, float[] targets)
    {
        int targetCount = encoding.Schema.TargetCount * (targets.Length > 0 ? 1 : 0);
        if (rows is null)
        {
            int count = Count;
            var values = Values.Take();
            Divide(values, encoding.Scale);
            return new SparseRows(
                count, encoding.Schema.FeatureCount, Starts.Take(), Columns.Take(), values, targets, targetCount);
        }
        var starts = new int[rows.Length + 1];
        for (int i = 0; i < rows.Length; i++) starts[i + 1] = starts[i] + LengthOf(rows[i]);
        var columnsOfRows = new int[starts[^1]];
        var valuesOfRows = new float[starts[^1]];
        for (int i = 0; i < rows.Length; i++)
        {
            Columns.Span.Slice(Starts[rows[i]], LengthOf(rows[i])).CopyTo(columnsOfRows.AsSpan(starts[i]));
            Values.Span.Slice(Starts[rows[i]], LengthOf(rows[i])).CopyTo(valuesOfRows.AsSpan(starts[i]));
        }
        Divide(valuesOfRows, encoding.Scale);
        return new SparseRows(
            rows.Length, encoding.Schema.FeatureCount, starts, columnsOfRows, valuesOfRows, targets, targetCount);
    }

    private DenseRows EncodeDense(DataEncoding encoding, int[]? rows, float[] targets)
    {
        int features = encoding.Schema.FeatureCount, stride = DenseRows.StrideOf(features);
        int count = rows?.Length ?? Count;
        float scale = (float)encoding.Scale;
        var dense = Sizes.DenseValues(Path, count, features);
        for (int i = 0; i < count; i++)
        {
            int row = rows is null ? i : rows[i];
            var destination = dense.Span.Slice(i * stride, stride);
            for (int k = Starts[row]; k < Starts[row + 1]; k++) destination[Columns[k]] = Values[k] / scale;
        }
        return new DenseRows(
            count, features, dense, targets, encoding.Schema.TargetCount * (targets.Length > 0 ? 1 : 0));
    }

    private int LengthOf(int row) => Starts[row + 1] - Starts[row];

    private static void Divide(float[] values, double scale)
    {
        if (scale == 1) return;
        for (int k = 0; k < values.Length; k++) values[k] /= (float)scale;
    }
}
