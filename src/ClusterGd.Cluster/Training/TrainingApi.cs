using System.Collections.Immutable;
using ClusterGd.Cluster.Hosting;
using ClusterGd.Core.Attacks;
using ClusterGd.Core.Convergence;
using ClusterGd.Core.Models;
using ClusterGd.Core.Protocol;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClusterGd.Cluster;

/// <summary>How to run a job; nothing here but an attack can change its result.</summary>
public sealed record TrainingOptions
{
    /// <summary>Actor systems of this process that form the cluster; 1 … 64. Default 1.</summary>
    public int Nodes { get; init; } = 1;

    /// <summary>Compute threads over all nodes, at least one each; 0 for one a core. Default 0.</summary>
    public int Threads { get; init; }

    /// <summary>What some shards send in place of their gradients, to try a robust rule. Default null: none.</summary>
    public AttackPlan? Attack { get; init; }

    /// <summary>What the nodes and their actor systems log to. Default none.</summary>
    public ILoggerFactory Loggers { get; init; } = NullLoggerFactory.Instance;
}

/// <summary>What happens while training, for people.</summary>
public abstract record TrainingEvent;

public sealed record ClusterFormed(int Nodes, double Seconds) : TrainingEvent;

/// <param name="BatchLoss">Mean loss of the rows of the step that made these parameters.</param>
/// <param name="Elapsed">Since <paramref name="FirstStep"/>, the first one here: 0 but in a resumed run.</param>
public sealed record Progress(
    long Step, long StepsTotal, int Epoch, int EpochsTotal, double BatchLoss, double SamplesPerSecond, TimeSpan Elapsed,
    long FirstStep) : TrainingEvent;

public sealed record Evaluated(Evaluation Evaluation) : TrainingEvent;

/// <summary>Who has the coordinator and the first slice from now on, by name.</summary>
public sealed record Placed(string Coordinator, string SliceHost) : TrainingEvent;

/// <summary>What the coordinator wants, with all that it has decided: repeated, and from every node here.</summary>
public sealed record Directed(RunDirective Directive) : TrainingEvent;

/// <summary>How long steps took at a slice, and whom it waited or waits for.</summary>
public sealed record StepsTimed(StepTimes Times) : TrainingEvent;

/// <summary>More lines of the order of application; number 0 starts the order again.</summary>
public sealed record Ordered(int First, ImmutableArray<LogEntry> Lines) : TrainingEvent;

/// <summary>Comes every second, so that silence is noticed too.</summary>
public sealed record SecondPassed : TrainingEvent
{
    public static readonly SecondPassed Instance = new();
}

/// <summary>A checkpoint is on the disk.</summary>
public sealed record CheckpointSaved(long Step) : TrainingEvent;

/// <summary>What faults have cost a node so far, in gradients.</summary>
/// <param name="Recomputed">Computed again, or in another node's place.</param>
/// <param name="Compared">Answered by two nodes, and their bits compared.</param>
public sealed record Counted(string Node, long Recomputed, long Compared) : TrainingEvent;

public sealed record Waiting(string What, TimeSpan Since) : TrainingEvent;

public sealed record Note(string Text) : TrainingEvent;

/// <summary>
/// The nodes were all gone; the run goes on in others, with a checkpoint or, if that is null, step 0.
/// </summary>
public sealed record Restarted(Checkpoint? Start) : TrainingEvent;

public enum TrainingEnd
{
    Finished,
    Diverged,
    ClusterLost,
    Interrupted,

    /// <summary>Bits are wrong: two nodes computed different ones, or a step went back.</summary>
    Corrupted,
}

/// <summary>The result of a run.</summary>
public sealed record TrainingResult
{
    public required TrainingEnd End { get; init; }

    /// <summary>Which criterion fired and why, one clause.</summary>
    public required string StopReason { get; init; }

    public required long Steps { get; init; }

    public required int Epochs { get; init; }

    /// <summary>
    /// The step whose parameters these are: <see cref="Steps"/>, or an earlier evaluation's that was the best, or that
    /// was the last with a finite loss.
    /// </summary>
    public required long KeptStep { get; init; }

    public required int KeptEpoch { get; init; }

    /// <summary>The objective of the final parameters over all training rows.</summary>
    public required double TrainLoss { get; init; }

    /// <summary>Over the test rows, or the training rows where there are none.</summary>
    public required ImmutableSortedDictionary<string, double> Metrics { get; init; }

    /// <summary>Over the validation rows; empty where there are none.</summary>
    public ImmutableSortedDictionary<string, double> ValidationMetrics { get; init; } =
        ImmutableSortedDictionary<string, double>.Empty;

    public required float[] Parameters { get; init; }

    /// <summary>SHA-256 over the little-endian bytes of <see cref="Parameters"/>.</summary>
    public required string ModelSha256 { get; init; }

    /// <summary>Rows trained on over the time from the first step to the last evaluation.</summary>
    public required double SamplesPerSecond { get; init; }

    public required double WallSeconds { get; init; }

    public required ImmutableArray<Evaluation> History { get; init; }

    /// <summary>What was applied in which order; null where steps are synchronous.</summary>
    public AppliedOrder? Order { get; init; }

    internal static TrainingResult Of(TrainingPlan plan, RunEnded ended, TimeSpan wall)
    {
        var outcome = ended.Outcome;
        var last = outcome.History.LastOrDefault();
        double trained = (double)(last?.Step ?? outcome.Step) * plan.Shards.RowCount / plan.Shards.StepsPerEpoch;
        double seconds = last?.Elapsed.TotalSeconds ?? wall.TotalSeconds;
        return new TrainingResult
        {
            End = outcome.End switch
            {
                RunEnd.Finished => TrainingEnd.Finished,
                RunEnd.Diverged => TrainingEnd.Diverged,
                RunEnd.Lost => TrainingEnd.ClusterLost,
                RunEnd.Interrupted => TrainingEnd.Interrupted,
                RunEnd.Corrupted => TrainingEnd.Corrupted,
            },
            StopReason = outcome.Reason,
            Steps = outcome.Step,
            Epochs = outcome.Epoch,
            KeptStep = outcome.KeptStep,
            KeptEpoch = plan.Shards.EpochOf(outcome.KeptStep),
            TrainLoss = outcome.TrainLoss,
            Metrics = outcome.Metrics,
            ValidationMetrics = outcome.ValidationMetrics,
            Parameters = ended.Parameters,
            ModelSha256 = ModelHash.Of(ended.Parameters),
            SamplesPerSecond = seconds > 0 ? trained / seconds : 0,
            WallSeconds = wall.TotalSeconds,
            History = outcome.History,
            Order = ended.Order,
        };
    }
}
