namespace ClusterGd.Core.Data;

/// <summary>
/// Rows in compressed sparse form (CSR): row i has the columns and values at
/// <c>Starts[i] .. Starts[i + 1]</c>, columns ascending and distinct, 0-based.
/// </summary>
public sealed class SparseRows : Rows
{
    private readonly int[] _starts;
    private readonly int[] _columns;
    private readonly float[] _values;

    /// <summary>Takes the arrays over.</summary>
    public SparseRows(
        int count, int featureCount, int[] starts, int[] columns, float[] values, float[] targets, int targetCount = 1,
        float[]? weights = null)
        : base(count, featureCount, targets, targetCount, weights ?? [])
    {
        RequireOneEach(weights ?? [], count);
        if (starts.Length != count + 1 || starts[count] > columns.Length || columns.Length != values.Length
            || targets.Length != (long)count * targetCount)
        {
            throw new ArgumentException(
                $"{starts.Length} starts, {columns.Length} columns, {values.Length} values and {targets.Length} " +
                $"targets do not make {count} sparse rows.");
        }
        _starts = starts;
        _columns = columns;
        _values = values;
    }

    public ReadOnlySpan<int> Starts => _starts;

    public ReadOnlySpan<int> Columns => _columns;

    public ReadOnlySpan<float> Values => _values;

    public override long StoredCount => _starts[Count];

    public ReadOnlySpan<int> ColumnsOf(int row) => _columns.AsSpan(_starts[row], _starts[row + 1] - _starts[row]);

    public ReadOnlySpan<float> ValuesOf(int row) => _values.AsSpan(_starts[row], _starts[row + 1] - _starts[row]);

    public override Rows Weighted(float[] weights) =>
        new SparseRows(Count, FeatureCount, _starts, _columns, _values, TargetArray, TargetCount, weights);

    public override void CopyRow(int row, Span<float> destination)
    {
        destination[..FeatureCount].Clear();
        var columns = ColumnsOf(row);
        var values = ValuesOf(row);
        for (int k = 0; k < columns.Length; k++) destination[columns[k]] = values[k];
    }
}
