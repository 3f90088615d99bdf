using System.Collections.Immutable;

namespace ClusterGd.Core.Protocol;

/// <summary>The slices whose state is at a node: serving, backups, or kept for who takes over. Immutable.</summary>
/// <param name="Slices">Ascending.</param>
/// <param name="Steps">The step of each, beside <paramref name="Slices"/>; may be a little behind.</param>
/// <param name="BackupTerms">The term of the layout under which the host of each counts the node as a backup; -1 where
/// it does not.</param>
public sealed record SliceHoldings(
    ImmutableArray<int> Slices, ImmutableArray<long> Steps, ImmutableArray<long> BackupTerms)
{
    public static readonly SliceHoldings None = new([], [], []);

    /// <summary>Of the slice that is furthest; -1 without any.</summary>
    public long NewestStep => Steps.IsEmpty ? -1 : Steps.Max();

    /// <summary>-1 where the slice is not there.</summary>
    public long StepOf(int slice) => Slices.IndexOf(slice) is >= 0 and int index ? Steps[index] : -1;

    /// <summary>-1 where the slice is not there, or no counted backup.</summary>
    public long BackupTermOf(int slice) => Slices.IndexOf(slice) is >= 0 and int index ? BackupTerms[index] : -1;
}
