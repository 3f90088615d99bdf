using System.Collections.Immutable;
using ClusterGd.Core.Jobs;

namespace ClusterGd.Data;

/// <summary>What a file of rows holds, for a user who looks at it before training.</summary>
public sealed record DataDescription
{
    public required string Path { get; init; }

    /// <summary><c>csv</c>, <c>libsvm</c>, <c>idx</c> or <c>parquet</c>.</summary>
    public required string Format { get; init; }

    /// <summary>Whether the format was guessed: the source did not state it.</summary>
    public required bool IsFormatGuessed { get; init; }

    /// <summary>csv: the delimiter, stated or guessed, as a job states it; null elsewhere.</summary>
    public string? Delimiter { get; init; }

    /// <summary>csv: whether the first line has names, stated or guessed; null elsewhere.</summary>
    public bool? HasHeader { get; init; }

    /// <summary>Good rows.</summary>
    public required int Rows { get; init; }

    /// <summary>Width of a row as it would be trained on: each category of a text column is one.</summary>
    public required int Features { get; init; }

    /// <summary>Values that the file states: not the zeros that a sparse file leaves out.</summary>
    public required long StoredValues { get; init; }

    /// <summary>Stored values as a fraction of rows × features.</summary>
    public double Density => StoredValues / Math.Max(1.0, (double)Rows * Features);

    /// <summary>One a target column; empty for a file without.</summary>
    public ImmutableArray<TargetDescription> Targets { get; init; } = [];

    /// <summary>Columns (csv, parquet) or features, at most <see cref="DataInfo.FeaturesDescribedMax"/> of
    /// them.</summary>
    public ImmutableArray<FeatureDescription> FeatureRanges { get; init; } = [];

    /// <summary>How many there are, described or not.</summary>
    public int ColumnCount { get; init; }

    /// <summary>Keys that a job should state for this file; the description is of the file read with them.</summary>
    public ImmutableArray<Suggestion> Suggestions { get; init; } = [];

    /// <summary>The source with the suggested keys.</summary>
    public DataSource? Advised { get; init; }

    /// <summary>Sentences about how the file is read.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];

    /// <summary>Mean of the squared length of a row as it is trained on; null for tables, which are
    /// standardised.</summary>
    public double? MeanSquaredLength { get; init; }

    public ImmutableArray<PreviewRow> FirstRows { get; init; } = [];

    /// <summary>Rows that cannot be used, with their reasons.</summary>
    public ImmutableArray<BadRow> BadRows { get; init; } = [];
}
