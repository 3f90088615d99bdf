using System.Collections.Immutable;

namespace ClusterGd.Core.Protocol;

/// <summary>The slices whose state is at a node: serving, backups, or kept for who takes over. Immutable.</summary>
public sealed record SliceHoldings(ImmutableArray<SliceHolding> Slices)
{
    public static readonly SliceHoldings None = new([]);

    /// <summary>Of the slice that is furthest; null without any.</summary>
    public long? NewestStep => Slices.Max(holding => (long?)holding.Step);

    /// <summary>Null if the slice is not there.</summary>
    public long? StepOf(int slice) => Of(slice)?.Step;

    /// <summary>Null if the slice is not there, or no counted backup.</summary>
    public long? BackupTermOf(int slice) => Of(slice)?.BackupTerm;

    private SliceHolding? Of(int slice) => Slices.FirstOrDefault(holding => holding.Slice == slice);
}

/// <param name="Step">May be a little behind.</param>
/// <param name="BackupTerm">The term of the layout under which the slice's host counts the node as a backup; null if
/// it does not.</param>
public sealed record SliceHolding(int Slice, long Step, long? BackupTerm);
