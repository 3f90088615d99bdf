using System.Collections.Immutable;
using ClusterGd.Core.Convergence;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// What the coordinator wants of everyone, whole: level-triggered, so a lost, doubled or late one does no harm. Of two,
/// the one with the higher layout term, then the higher sequence number holds.
/// </summary>
/// <param name="Coordinator">The node where the coordinator is: who answers, answers there.</param>
/// <param name="Layout">Who hosts what.</param>
/// <param name="Next">The layout to come, so that its nodes can fetch their rows meanwhile; null for none.</param>
/// <param name="Limit">Nodes start no step at or beyond it.</param>
/// <param name="EvaluateAt">The step of the evaluation that comes next; ≥ <paramref name="Limit"/>.</param>
/// <param name="IsHeld">Start no step at all and answer with <see cref="Held"/>: a limit is being looked for.</param>
/// <param name="IsSettled">All nodes of the layout are ready: others may go, and state kept for a move may be
/// dropped.</param>
/// <param name="TrainShards">Shards whose training rows are to be evaluated at the evaluation.</param>
/// <param name="TestShards">The same for the test rows.</param>
/// <param name="HasFullPass">A gradient over all training rows is due at the evaluation.</param>
/// <param name="KeepBestStep">The parameters of this step are the best so far: keep a copy; -1 for none.</param>
/// <param name="Ending">Says which parameters are the result; null while training.</param>
/// <param name="Last">The evaluation that led to this, for everyone's memory; null before the first.</param>
/// <param name="CheckpointAt">The slices' states after this step make a checkpoint: all come by there, or stop there;
/// -1 for none.</param>
/// <param name="CoordinatorEndpoint">Where the data plane of the coordinator's node listens, which the layout need not
/// have.</param>
public sealed record RunDirective(
    long Sequence, string Coordinator, Layout Layout, Layout? Next, long Limit, long EvaluateAt, bool IsHeld,
    bool IsSettled, ImmutableArray<int> TrainShards, ImmutableArray<int> TestShards, bool HasFullPass,
    long KeepBestStep,
    RunEnding? Ending, Evaluation? Last, long CheckpointAt = -1, string CoordinatorEndpoint = "")
{
    /// <summary>Shards whose validation rows are to be evaluated.</summary>
    public ImmutableArray<int> ValidationShards { get; init; } = [];

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
