using System.Collections.Immutable;
using ClusterGd.Core.Convergence;
using ClusterGd.Core.Data;
using ClusterGd.Core.Metrics;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Core.Protocol;

/// <summary>The part of a gradient sum that concerns one slice: what goes over the data plane.</summary>
/// <param name="Node">Who has computed it. Not on the wire: the connection knows who is at its other end.</param>
public sealed record GradientPart(int Slice, GradientSum Sum, string Node) : ITensorMessage
{
    public void Release() => Sum.Values.Release();
}

/// <summary>The parameters of one slice after a step: what goes over the data plane to every node.</summary>
/// <param name="Generation">The layout's: what an earlier one published is ignored.</param>
/// <param name="Term">The layout's that the host goes by.</param>
/// <param name="IsFinal">The result of the run: no step follows.</param>
/// <param name="StepLoss">Mean loss of the rows of the step that made them; NaN at the start. For progress
/// only.</param>
/// <param name="Values">The slice's parameters; each receiver is an owner.</param>
public sealed record SlicePublished(
    int Slice, int Generation, long Term, long Step, bool IsFinal, double StepLoss, PooledFloats Values)
    : ITensorMessage
{
    public void Release() => Values.Release();

    /// <summary>
    /// To every node of a layout, and to the observers, who want no more than the result. Gives up its own share.
    /// </summary>
    public void SendTo(Layout layout, Outbox outbox)
    {
        var observers = IsFinal ? layout.Observers : [];
        Values.Retain(layout.Nodes.Length + observers.Length);
        foreach (string node in layout.Nodes) outbox.Send(RoleAddress.OfNode(node), this);
        foreach (string observer in observers) outbox.Send(RoleAddress.OfNode(observer), this);
        Values.Release();
    }
}

/// <summary>
/// An update that a slice's host has made: what its backups need to make the same. Goes over the data plane.
/// </summary>
/// <param name="Generation">The layout's.</param>
/// <param name="Sum">The gradient over the slice that the update was made from; of a mode, a worker's, or null for a
/// line that is no worker's.</param>
/// <param name="FollowsEvaluation">The step was evaluated before the update: sums began anew.</param>
/// <param name="FollowsBest">The parameters before the update are the best so far.</param>
public sealed record SliceUpdate(
    int Slice, int Generation, GradientSum? Sum, bool FollowsEvaluation, bool FollowsBest) : ITensorMessage
{
    /// <summary>By which the gradient's norm was clipped; 1 for none.</summary>
    public double ClipFactor { get; init; } = 1;

    /// <summary>Of a mode: what the update is in the order of application. Null else.</summary>
    public OrderLine? Line { get; init; }

    /// <summary>Updates before it: steps, or lines of the order.</summary>
    public long Index => Line?.Index ?? Sum!.Step;

    /// <summary>In which the updates before it were made; 0 for steps, which are the same in every term.</summary>
    public long OrderTerm => Line?.Term ?? 0;

    public void Release() => Sum?.Values.Release();
}

/// <summary>A backup says how far it is: after each update, and again where it hears nothing.</summary>
/// <param name="Step">Updates that it has made: steps, or lines of a mode's order.</param>
/// <param name="IsCounted">Whether it knows that the host counts it.</param>
/// <param name="OrderTerm">Of a mode: the term in which its order was made; 0 for steps.</param>
/// <param name="WantsState">It can make none of the updates to come: only the whole state helps.</param>
public sealed record BackupStep(
    int Slice, string Node, int Generation, long Step, bool IsCounted, long OrderTerm = 0, bool WantsState = false)
    : ITensorMessage;

/// <summary>The slice's host counts a backup: from now on it is never more than one update ahead of it.</summary>
/// <param name="Term">The layout's that the host goes by.</param>
public sealed record BackupCounted(int Slice, long Term) : ISliceMessage;

/// <summary>What a slice knows at an evaluation; sums are of its own parameters.</summary>
/// <param name="LossSum">Σ loss over the rows of the steps since the last evaluation; slice 0 only.</param>
/// <param name="Digest">Of all that was counted since the last evaluation: see <see cref="CountDigest"/>.</param>
public sealed record SliceSummary(
    int Slice, long Step, bool IsFinal, double LossSum, long RowCount, double SquaredNorm, double SquaredChange,
    double Penalty, double LearningRate, double NoiseSum, long LeafCount, double StepSquaredNormSum, long StepCount,
    ulong Digest = 0);

/// <summary>A slice is at an evaluation.</summary>
/// <param name="Generation">
/// The layout's under which it came there: a slice of before the run began once more may be further than those of now.
/// </param>
public sealed record SliceReport(int Generation, SliceSummary Summary);

/// <summary>What a slice measured in a full pass, over its own part.</summary>
public sealed record SliceGradient(
    int Slice, long Step, double LossSum, long RowCount, double SquaredNorm, double MaxNorm);

/// <summary>A slice has come to a limit that is no evaluation: nothing of it is under way.</summary>
/// <param name="Generation">The layout's under which it came there.</param>
public sealed record SliceReached(int Slice, long Step, int Generation);

/// <summary>A node answers, but has long been later with its gradients than the others are.</summary>
/// <param name="Term">The layout's under which it was late.</param>
public sealed record NodeSlow(string Node, long Term);

/// <summary>One shard's part of an evaluation.</summary>
public sealed record EvaluationPart(long Step, bool IsFinal, RowSet Set, int Shard, MetricSums Sums) : ITensorMessage;

/// <summary>A node's answer to a hold: the first step it has not started.</summary>
/// <param name="Term">The layout's under which it holds.</param>
public sealed record Held(string Node, long Term, long NextStep);

/// <summary>An observer has the final parameters.</summary>
/// <param name="Generation">The layout's under which they were made.</param>
public sealed record ResultReceived(string Observer, int Generation);

/// <summary>
/// An observer says which checkpoint it holds: where a run is about to begin, or where one stands still to be saved.
/// </summary>
/// <param name="Generation">The layout's. Until that generation trains, the observer takes no other.</param>
/// <param name="Step">Updates made; null if it holds none.</param>
/// <param name="Elapsed">Time trained until then.</param>
public sealed record CheckpointHeld(string Observer, int Generation, long? Step, TimeSpan Elapsed);

/// <summary>What a node has, or an observer goes by: sent often, so none need arrive.</summary>
/// <param name="Version">Rises with every status of a node: an older one is ignored.</param>
/// <param name="Endpoint">Where its data plane listens.</param>
/// <param name="Fingerprint">Job, data and kernel version: nodes that differ are refused.</param>
/// <param name="IsLeaving">It wants to go as soon as it hosts nothing.</param>
/// <param name="PreparedTerm">The newest layout, active or next, for which it has the rows.</param>
/// <param name="ReadyTerm">The newest active layout of which all its slices serve here.</param>
/// <param name="Term">The active layout that it goes by.</param>
/// <param name="HasEnded">A slice that it serves has come to the run's end.</param>
/// <param name="OldestVersion">Step of the oldest parameters that it holds; null if it holds none.</param>
/// <param name="NewestVersion">Step of the newest parameters that it holds; null if it holds none.</param>
/// <param name="NewestSlice">The newest step of which a slice has come: no step before it can become whole here any
/// more. Null if none has.</param>
public sealed record NodeStatus(
    string Node, long Version, string Endpoint, string Fingerprint, bool IsLeaving, long PreparedTerm, long ReadyTerm,
    SliceHoldings Holdings, long Term, bool HasEnded, long? OldestVersion = null, long? NewestVersion = null,
    long? NewestSlice = null)
{
    /// <summary>Whether it holds the parameters of a step, or may still get them.</summary>
    public bool MayHave(long step) => step == OldestVersion || step == NewestVersion || !(step < NewestSlice);
}

/// <summary>What a node remembers of a run, for a coordinator that takes over: the evaluations page by page.</summary>
/// <param name="Directive">The newest it has seen; null before the first.</param>
/// <param name="History">The next evaluations that it has heard of, by step.</param>
/// <param name="Ending">How the run ends where a slice that it serves has come to the end; null else.</param>
/// <param name="HasMore">Whether evaluations of later steps are to be asked for.</param>
public sealed record RunMemory(
    string Node, RunDirective? Directive, ImmutableArray<Evaluation> History, SliceHoldings Holdings,
    RunEnding? Ending, bool HasMore);

/// <summary>What ends a run at once: a loss or parameter became NaN or infinite, or bits are wrong.</summary>
/// <param name="What">One sentence with the step, the place and the value, or the nodes.</param>
/// <param name="End"><see cref="RunEnd.Diverged"/> or <see cref="RunEnd.Corrupted"/>.</param>
public sealed record Divergence(long Step, string What, RunEnd End = RunEnd.Diverged);
