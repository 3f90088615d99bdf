using System.Collections.Immutable;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// What the server of a mode knows where it stands at a stop, beside parameters and optimizer state: enough for another
/// to go on. Immutable by convention.
/// </summary>
/// <param name="Next">By worker the sequence number that it has next.</param>
/// <param name="StateSince">By worker: see <see cref="Assignment"/>.</param>
/// <param name="Velocity">Of the outer optimizer, by parameter; empty where there is none.</param>
/// <param name="MeanSquare">Of the adaptive compensation, by parameter; empty where there is none.</param>
/// <param name="Staleness">How many results were applied, by updates missed.</param>
public sealed record ModeState(
    long Term, long Version, ImmutableArray<long> Next, ImmutableArray<long> StateSince, float[] Velocity,
    double[] MeanSquare, ImmutableSortedDictionary<long, long> Staleness, long Dropped, long RowsCounted,
    ImmutableArray<LogEntry> Log);
