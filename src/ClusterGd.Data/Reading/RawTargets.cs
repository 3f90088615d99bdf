using System.Collections.Immutable;
using ClusterGd.Core.Data;
using ClusterGd.Data.Input;

namespace ClusterGd.Data.Reading;

/// <summary>The targets of a file as read: numbers, or codes of labels that become classes when all are
/// known.</summary>
internal sealed class RawTargets(string path, TargetKind kind, int count)
{
    public TargetKind Kind { get; } = kind;

    /// <summary>Targets of a row; 0 where there are none.</summary>
    public int Count { get; } = kind == TargetKind.None ? 0 : count;

    /// <summary>Row-major; empty unless the targets are numbers, or columns of 0 and 1.</summary>
    public Growable<float> Numbers { get; } = new();

    /// <summary>One a row where the target is a class; those of all rows where a row has several labels.</summary>
    public Growable<int> Codes { get; } = new();

    /// <summary>Where the codes of each row end, where a row has several labels as words.</summary>
    public Growable<int> Ends { get; } = new();

    /// <summary>The names of the labels, where each has a column of 0 and 1.</summary>
    public ImmutableArray<string> ColumnLabels { get; init; } = [];

    public ClassLabels Labels { get; } = new(path);
}
