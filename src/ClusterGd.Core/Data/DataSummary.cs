using System.Collections.Immutable;

namespace ClusterGd.Core.Data;

/// <summary>
/// What every node knows of a job's data, whether it has the rows or not. Small and immutable, so it travels with the
/// job.
/// </summary>
/// <param name="TrainCount">Training rows; ≥ 1.</param>
/// <param name="TestCount">Test rows; null where there are none.</param>
/// <param name="ContentHash">See <see cref="DataSet"/>.</param>
public sealed record DataSummary(DataSchema Schema, int TrainCount, int? TestCount, string ContentHash)
{
    public static DataSummary Of(DataSet data) =>
        new(data.Schema, data.Train.Count, data.Test?.Count, data.ContentHash)
        {
            ValidationCount = data.Validation?.Count,
        };

    /// <summary>Validation rows; null where there are none.</summary>
    public int? ValidationCount { get; init; }

    /// <summary>The sets that there are.</summary>
    public ImmutableArray<RowSet> Sets => [.. Enum.GetValues<RowSet>().Where(set => CountOf(set) is not null)];

    /// <summary>Rows of a set; 0 where there are none.</summary>
    public int RowCount(RowSet set) => CountOf(set) ?? 0;

    private int? CountOf(RowSet set) => set switch
    {
        RowSet.Train => TrainCount,
        RowSet.Test => TestCount,
        RowSet.Validation => ValidationCount,
    };
}
