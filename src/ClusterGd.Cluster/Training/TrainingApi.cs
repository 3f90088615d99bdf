using System.Collections.Immutable;
using ClusterGd.Core.Convergence;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;

namespace ClusterGd.Cluster;

public sealed record TrainingOptions
{
    public int Nodes { get; init; } = 1;

    /// <summary>Compute threads of all nodes together; 0: one a core.</summary>
    public int Threads { get; init; }
}

public abstract record TrainingEvent;

public sealed record ClusterFormed(int Nodes, double Seconds) : TrainingEvent;

public sealed record Progress(
    long Step, long StepsTotal, int Epoch, int EpochsTotal, double Loss, double SamplesPerSecond, TimeSpan Elapsed)
    : TrainingEvent;

public sealed record Evaluated(Evaluation Evaluation) : TrainingEvent;

public sealed record Waiting(string What, TimeSpan Since) : TrainingEvent;

public sealed record Note(string Text) : TrainingEvent;

public enum TrainingEnd
{
    Finished,
    Diverged,
    ClusterLost,
    Interrupted,
}

public sealed record TrainingResult
{
    public required TrainingEnd End { get; init; }

    public required string StopReason { get; init; }

    public required long Steps { get; init; }

    public required int Epochs { get; init; }

    public required double TrainLoss { get; init; }

    public required ImmutableSortedDictionary<string, double> Metrics { get; init; }

    public required float[] Parameters { get; init; }

    public required string ModelSha256 { get; init; }

    public required double SamplesPerSecond { get; init; }

    public required double WallSeconds { get; init; }

    public required ImmutableArray<Evaluation> History { get; init; }
}

public static class Trainer
{
    public static Task<TrainingResult> RunAsync(
        Job job, DataSet data, TrainingOptions options, Action<TrainingEvent>? report, CancellationToken interrupt) =>
        throw new InvalidOperationException("replaced at merge");
}
