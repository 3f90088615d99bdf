using System.Collections.Immutable;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Core.Simulation;

/// <summary>A run of a mode measured at one moment.</summary>
/// <param name="Time">Virtual.</param>
/// <param name="Epochs">Rows counted over the training rows.</param>
/// <param name="TrainLoss">Objective over all training rows, with penalties.</param>
/// <param name="Metrics">Over the test rows, else the training rows.</param>
public sealed record ModePoint(
    TimeSpan Time, double Epochs, double TrainLoss, ImmutableSortedDictionary<string, double> Metrics);

/// <summary>What came of training by a mode in virtual time.</summary>
public sealed record ModeRun
{
    /// <summary>The first at time 0; the last at the end.</summary>
    public required ImmutableArray<ModePoint> Points { get; init; }

    public required float[] Parameters { get; init; }

    public required long Updates { get; init; }

    /// <summary>Results by the updates that they missed.</summary>
    public required ImmutableSortedDictionary<long, long> Staleness { get; init; }

    /// <summary>Results that came too late.</summary>
    public required long Dropped { get; init; }

    /// <summary>Sent by server and workers.</summary>
    public required long Bytes { get; init; }

    /// <summary>The order of application.</summary>
    public required ImmutableArray<LogEntry> Log { get; init; }

    /// <summary>Why it did not end; null where it did.</summary>
    public string? Problem { get; init; }

    /// <summary>The first moment at which a measure was reached; null where it was not.</summary>
    public TimeSpan? TimeTo(Func<ModePoint, bool> isReached) => Points.FirstOrDefault(isReached)?.Time;
}
