using System.Collections.Immutable;

namespace ClusterGd.Core.Protocol;

/// <summary>What the server of a mode took, in its order, and how old it was.</summary>
/// <param name="Staleness">How many results were applied, by updates missed.</param>
/// <param name="Dropped">Results that came too late for their step.</param>
public sealed record AppliedOrder(
    ImmutableArray<LogEntry> Lines, ImmutableSortedDictionary<long, long> Staleness, long Dropped)
{
    /// <summary>Mean of the updates missed; 0 where nothing was applied.</summary>
    public double StalenessMean => Staleness.IsEmpty
        ? 0 : Staleness.Sum(pair => (double)pair.Key * pair.Value) / Staleness.Values.Sum();

    public long StalenessMax => Staleness.IsEmpty ? 0 : Staleness.Keys.Last();
}
