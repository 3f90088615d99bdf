using System.Collections.Immutable;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Data.Input;

namespace ClusterGd.Data.Reading;

/// <summary>Rows of numbers and categories, from CSV or Parquet.</summary>
internal sealed class TableData(string path, TablePlan plan, RawTargets targets) : RawData(path, targets)
{
    // 32 MB at most for the columns of an ordinary table, half a kilobyte a column for those of a wide one.
    private const int PlacesMin = 64, PlacesMax = 16_384, PlacesOfAll = 1 << 22, TargetPlaces = 1024;

    public TablePlan Plan { get; } = plan;

    public ImmutableArray<PlannedColumn> NumberColumns { get; } =
        [.. plan.Columns.Where(c => c.Role == ColumnRole.Number)];

    public ImmutableArray<PlannedColumn> CategoryColumns { get; } =
        [.. plan.Columns.Where(c => c.Role == ColumnRole.Category)];

    /// <summary>One for each numeric column; NaN where missing.</summary>
    public ImmutableArray<NumberColumn> Numbers { get; } = NumbersOf(plan);

    /// <summary>What became equal among numeric targets, one a target.</summary>
    public ImmutableArray<RoundingWatch> TargetRounding { get; } = TargetWatches(targets);

    /// <summary>Row-major, one a categorical column: indices into <see cref="Categories"/>.</summary>
    public Growable<int> Codes { get; } = new();

    /// <summary>One for each categorical column.</summary>
    public ImmutableArray<Categories> Categories { get; } =
        [.. plan.Columns.Where(c => c.Role == ColumnRole.Category).Select(_ => new Categories())];

    /// <summary>Whether the first row was only guessed to be one, and not the names of the columns.</summary>
    public bool FirstLineMayBeNames { get; set; }

    /// <summary>Columns that the header has no name for.</summary>
    public ImmutableArray<int> Unnamed { get; set; } = [];

    public Growable<long> Lines { get; } = new();

    public override int Count => Lines.Count;

    public override long LineOf(int row) => Lines[row];

    public void AddTarget(int target, double value, float rounded)
    {
        TargetRounding[target].Add(value, rounded);
        Targets.Numbers.Add(rounded);
    }

    /// <summary>Largest minus smallest value of a numeric target.</summary>
    public double TargetRange(int target)
    {
        float min = float.PositiveInfinity, max = float.NegativeInfinity;
        for (int i = target; i < Targets.Numbers.Count; i += Targets.Count)
        {
            min = Math.Min(min, Targets.Numbers[i]);
            max = Math.Max(max, Targets.Numbers[i]);
        }
        return (double)max - min;
    }

    public override DataEncoding Fit(DataSource source, int[]? rows) =>
        new TableFit(this, source, rows).Fit(SchemaOf(0, []));

    public override Rows Encode(DataEncoding encoding, int[]? rows, float[] targets, List<string> notes) =>
        new TableEncoder(this, encoding, rows, targets).Encode(notes);

    private static ImmutableArray<NumberColumn> NumbersOf(TablePlan plan)
    {
        int count = plan.Columns.Count(c => c.Role == ColumnRole.Number);
        uint places = (uint)Math.Clamp(PlacesOfAll / Math.Max(1, count), PlacesMin, PlacesMax);
        int watched = (int)System.Numerics.BitOperations.RoundUpToPowerOf2(places / 2 + 1);
        return [.. Enumerable.Range(0, count).Select(_ => new NumberColumn(plan.KeepsDoubles, watched))];
    }

    private static ImmutableArray<RoundingWatch> TargetWatches(RawTargets targets)
    {
        var watches = ImmutableArray.CreateBuilder<RoundingWatch>();
        for (int target = 0; targets.Kind == TargetKind.Number && target < targets.Count; target++)
        {
            watches.Add(new RoundingWatch(TargetPlaces));
            watches[target].Start([]);
        }
        return watches.ToImmutable();
    }
}
