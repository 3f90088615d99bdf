using System.Collections.Immutable;

namespace ClusterGd.Core.Data;

/// <summary>What the target column of a row means; the loss decides.</summary>
public enum TargetKind
{
    /// <summary>No target is used (clustering).</summary>
    None,

    /// <summary>A real number (regression).</summary>
    Number,

    /// <summary>One of two classes, as index 0 or 1; the label that sorts last is class 1.</summary>
    BinaryClass,

    /// <summary>One of several classes, as index 0, 1, ….</summary>
    Class,
}

/// <summary>What a model must know of its data before it sees a row.</summary>
public sealed record DataSchema
{
    public required int FeatureCount { get; init; }

    /// <summary>One name a feature, or empty where the file has none.</summary>
    public ImmutableArray<string> FeatureNames { get; init; } = [];

    public required TargetKind TargetKind { get; init; }

    /// <summary>Names of the classes by index, as the file has them; empty where the target is no class.</summary>
    public ImmutableArray<string> ClassNames { get; init; } = [];

    /// <summary>Number of target columns: 1, or more for multi-target regression, 0 for none.</summary>
    public int TargetCount { get; init; } = 1;
}

/// <summary>Everything a job trains and is measured on. Immutable; loaded once a process.</summary>
/// <param name="ContentHash">
/// SHA-256 (hex) of the encoded rows and targets: nodes with another hash are refused.
/// </param>
public sealed record DataSet(DataSchema Schema, Rows Train, Rows? Test, string ContentHash)
{
    /// <summary>Rows that stop criteria look at; null where there are none.</summary>
    public Rows? Validation { get; init; }

    /// <summary>The rows of a set; null where there are none.</summary>
    public Rows? Of(RowSet set) => set switch
    {
        RowSet.Train => Train,
        RowSet.Test => Test,
        RowSet.Validation => Validation,
    };
}
