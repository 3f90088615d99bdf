using System.Collections.Immutable;

namespace ClusterGd.Data;

/// <summary>How one column of a table becomes features; fitted on the training rows.</summary>
public sealed record ColumnEncoding
{
    /// <summary>As the header has it, or its number from 0.</summary>
    public required string Name { get; init; }

    /// <summary>0-based position in the training file.</summary>
    public required int Index { get; init; }

    public required ColumnRole Role { get; init; }

    /// <summary>The column's first feature; -1 where it has none of its own (hashed, target, ignored).</summary>
    public int FirstFeature { get; init; } = -1;

    /// <summary>Put in place of a missing number, in units of the file; null where none may be missing.</summary>
    public double? Fill { get; init; }

    /// <summary>The mean of a number over the training rows that have it, in units of the file.</summary>
    public double? Mean { get; init; }

    /// <summary>
    /// One feature each, in ordinal order; the empty string stands for a missing value. A value that is not here is
    /// no category: all its features are 0.
    /// </summary>
    public ImmutableArray<string> Vocabulary { get; init; } = [];
}
