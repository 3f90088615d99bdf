using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using ClusterGd.Data.Input;

namespace ClusterGd.Data.Reading;

/// <summary>Rows of (column, value) pairs, from a LIBSVM file.</summary>
/// <param name="indexBase">What is subtracted of an index to make a column; 0 too where it is not known yet.</param>
internal sealed class SparseData(string path, RawTargets targets, int indexBase) : RawData(path, targets)
{
    public int IndexBase { get; private set; } = indexBase;

    public Growable<int> Starts { get; } = new();

    public Growable<int> Columns { get; } = new(1 << 16);

    public Growable<float> Values { get; } = new(1 << 16);

    public Growable<long> Lines { get; } = new();

    /// <summary>One more than the largest column, and the line of that; 0 for none.</summary>
    public int ColumnCount { get; private set; }

    public long LargestColumnLine { get; private set; }

    /// <summary>The first line with column 0; 0 for none.</summary>
    public long FirstColumnLine { get; private set; }

    /// <summary>Rows that named a group (<c>qid</c>), which was read over.</summary>
    public int GroupRows { get; set; }

    public override int Count => Lines.Count;

    public override long LineOf(int row) => Lines[row];

    /// <summary>Takes note of a row whose pairs, from <paramref name="first"/> on, are in place.</summary>
    public void EndRow(int first, long line)
    {
        if (Values.Count > first)
        {
            if (Columns[first] == 0 && FirstColumnLine == 0) FirstColumnLine = line;
            int last = Columns[Values.Count - 1];
            if (last >= ColumnCount) (ColumnCount, LargestColumnLine) = (last + 1, line);
        }
        Lines.Add(line);
        Starts.Add(Values.Count);
    }

    /// <summary>Decides that indices begin at 1 where no row has the index 0.</summary>
    public void Settle()
    {
        if (IndexBase == 0 && FirstColumnLine == 0) Shift(1);
    }

    public override DataEncoding Fit(DataSource source, int[]? rows)
    {
        var plan = IndexPlan.Of(source);
        if (plan is { Base: null, HashBuckets: 0 }) Settle();
        int features = plan.HashBuckets > 0 ? plan.HashBuckets : Math.Max(source.Features, ColumnCount);
        if (source.Features > 0 && features > source.Features)
        {
            throw new InputException(
                $"{Path}:{LargestColumnLine}: {Sizes.Text(features)} features where indices begin at {IndexBase}, " +
                $"but features is {Sizes.Text(source.Features)}: raise it, or state indexBase.");
        }
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
            CountsFromZero = plan.HashBuckets == 0 && IndexBase == 0,
            HashBuckets = plan.HashBuckets,
            Group = source.Group,
        };
    }

    public override Rows Encode(DataEncoding encoding, int[]? rows, float[] targets, List<string> notes)
    {
        if (encoding.HashBuckets == 0 && encoding.IndexBase > IndexBase)
        {
            if (FirstColumnLine > 0) throw IndexZero();
            Shift(encoding.IndexBase - IndexBase);
        }
        int features = encoding.Schema.FeatureCount;
        if (ColumnCount > features)
        {
            throw new InputException(
                $"{Path}:{LargestColumnLine}: {Sizes.Text(ColumnCount)} features, but the training rows have " +
                $"{Sizes.Text(features)}: state features: {ColumnCount} for the training file, or mend this one.");
        }
        if (GroupRows > 0)
        {
            notes.Add(
                $"{Path}: {Sizes.Text(GroupRows)} rows name the group that they belong to (qid), which is not used " +
                "(group: ignore).");
        }
        return encoding.IsSparse
            ? EncodeSparse(encoding, rows, targets)
            : EncodeDense(encoding, rows, targets);
    }

    private InputException IndexZero() => new(
        $"{Path}:{FirstColumnLine}: index 0, but the training rows' indices begin at 1, since none of them is 0: " +
        "state indexBase: 0 for the training file where both count from 0, or mend this one.");

    private void Shift(int by)
    {
        for (int k = 0; k < Columns.Count; k++) Columns[k] -= by;
        ColumnCount = Math.Max(0, ColumnCount - by);
        IndexBase += by;
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
