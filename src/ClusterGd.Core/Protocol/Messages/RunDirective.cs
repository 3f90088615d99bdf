using System.Collections.Immutable;
using ClusterGd.Core.Convergence;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// What the coordinator wants of everyone, whole: level-triggered, so a lost, doubled or late one does no harm. Of two,
/// the one with the higher layout term, then the higher sequence number holds.
/// </summary>
/// <param name="Coordinator">The node where the coordinator is: who answers, answers there.</param>
/// <param name="Layout">Who hosts what.</param>
public sealed record RunDirective(string Coordinator, Layout Layout)
{
    /// <summary>Rises with every directive of a term.</summary>
    public long Sequence { get; init; }

    /// <summary>
    /// Where the data plane of the coordinator's node listens, which the layout need not have; empty in one process.
    /// </summary>
    public string CoordinatorEndpoint { get; init; } = "";

    /// <summary>The layout to come, so that its nodes can fetch their rows meanwhile; null for none.</summary>
    public Layout? Next { get; init; }

    /// <summary>Nodes start no step at or beyond it.</summary>
    public long Limit { get; init; }

    /// <summary>Start no step at all and answer with <see cref="Held"/>: a limit is being looked for.</summary>
    public bool IsHeld { get; init; }

    /// <summary>
    /// All nodes of the layout are ready: others may go, and state kept for a move may be dropped.
    /// </summary>
    public bool IsSettled { get; init; }

    /// <summary>The step of the evaluation that comes next; ≥ <see cref="Limit"/>.</summary>
    public long EvaluateAt { get; init; }

    /// <summary>Shards whose training rows are to be evaluated at the evaluation.</summary>
    public ImmutableArray<int> TrainShards { get; init; } = [];

    /// <summary>The same for the test rows.</summary>
    public ImmutableArray<int> TestShards { get; init; } = [];

    /// <summary>The same for the validation rows.</summary>
    public ImmutableArray<int> ValidationShards { get; init; } = [];

    /// <summary>A gradient over all training rows is due at the evaluation.</summary>
    public bool HasFullPass { get; init; }

    /// <summary>The evaluation that led to this, for everyone's memory; null before the first.</summary>
    public Evaluation? Last { get; init; }

    /// <summary>The parameters of this step are the best so far: keep a copy. Null for none.</summary>
    public long? KeepBestStep { get; init; }

    /// <summary>
    /// The slices' states after this step make a checkpoint: all come by there, or stop there. Null for none.
    /// </summary>
    public long? CheckpointAt { get; init; }

    /// <summary>Says which parameters are the result; null while training.</summary>
    public RunEnding? Ending { get; init; }

    public bool IsFinishing => Ending is not null;

    /// <summary>Whether this one holds where the other has come as well.</summary>
    public bool Supersedes(RunDirective? other) => other is null || Layout.Term > other.Layout.Term
        || (Layout.Term == other.Layout.Term && Sequence > other.Sequence);
}

/// <summary>How a run is to end, once its last parameters are measured.</summary>
/// <param name="Reason">Which criterion fired and why, one clause.</param>
/// <param name="RestoresBest">The result is the kept copy of the best parameters.</param>
/// <param name="Step">Of the last evaluation, which the final parameters get: no step follows. Every slice is there, or
/// before it where the run has diverged.</param>
/// <param name="KeptStep">Of the evaluation whose parameters are the result; 0 for the first ones.</param>
/// <param name="EndedAt">The step at which the run ended: <paramref name="Step"/>, or that of the divergence.</param>
public sealed record RunEnding(
    RunEnd End, string Reason, bool RestoresBest, long Step, long KeptStep, long EndedAt)
{
    /// <summary>Whether slices leave where they are, for the parameters of an earlier evaluation.</summary>
    public bool IsDiverged => End == RunEnd.Diverged;
}
