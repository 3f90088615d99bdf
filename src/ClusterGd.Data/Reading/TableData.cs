using System.Collections.Immutable;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Data.Input;

namespace ClusterGd.Data.Reading;

/// <summary>Rows of numbers and categories, from CSV or Parquet.</summary>
internal sealed class TableData(string path, TablePlan plan, RawTargets targets) : RawData(path, targets)
{
    public TablePlan Plan { get; } = plan;

    public ImmutableArray<PlannedColumn> NumberColumns { get; } =
        [.. plan.Columns.Where(c => c.Role == ColumnRole.Number)];

    public ImmutableArray<PlannedColumn> CategoryColumns { get; } =
        [.. plan.Columns.Where(c => c.Role == ColumnRole.Category)];

    /// <summary>Row-major, one a numeric column; NaN where missing.</summary>
    public Growable<float> Numbers { get; } = new();

    /// <summary>Row-major, one a categorical column: indices into <see cref="Categories"/>.</summary>
    public Growable<int> Codes { get; } = new();

    /// <summary>One for each categorical column.</summary>
    public ImmutableArray<Categories> Categories { get; } =
        [.. plan.Columns.Where(c => c.Role == ColumnRole.Category).Select(_ => new Categories())];

    public Growable<long> Lines { get; } = new();

    public override int Count => Lines.Count;

    public override long LineOf(int row) => Lines[row];

    public override DataEncoding Fit(DataSource source, int[]? rows) =>
        new TableFit(this, source, rows).Fit(SchemaOf(0, []));

    public override Rows Encode(DataEncoding encoding, int[]? rows, float[] targets, List<string> notes) =>
        new TableEncoder(this, encoding, rows, targets).Encode(notes);
}
