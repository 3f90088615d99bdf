using System.Collections.Immutable;
using ClusterGd.Core.Data;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Wire;

/// <summary>A slice asks a node for shards' gradients of a step, again.</summary>
public sealed record GradientRequest(long Step, Pass Pass, ImmutableArray<int> Shards);

/// <summary>The first slice asks a node to compute shards of a step as well, whose host is late.</summary>
public sealed record StandInRequest(long Step, ImmutableArray<int> Shards);

/// <summary>A node asks a slice to publish to it; sent to the slice's host.</summary>
public sealed record SliceRequest(int Slice, string Node);

/// <summary>A node that takes a slice over asks for its state; sent to the node that has it.</summary>
public sealed record StateRequest(int Slice, string Node);

/// <summary>A slice's norm for another slice; sent to that one's host.</summary>
public sealed record NormFor(int Slice, SliceNorm Norm);

/// <summary>A slice asks another for its norm of a step; sent to that one's host.</summary>
public sealed record NormRequest(int Slice, long Step);

/// <summary>A user asks for a clean stop.</summary>
public sealed record InterruptRun;

/// <summary>The coordinator tells every node that the run is over.</summary>
public sealed record RunOver(RunOutcome Outcome);

/// <summary>
/// A client asks a node to take part in a run. Repeated, and passed on by nodes to those that join later, so it may
/// come any number of times.
/// </summary>
/// <param name="Job">Its canonical text, the data's paths absolute.</param>
/// <param name="NodesHoped">Nodes that are there already, for which the first layout waits a moment.</param>
/// <param name="Client">The observer that gets the result, and where its data plane listens.</param>
public sealed record StartRun(
    ulong RunId, string Job, DataSummary Data, int NodesHoped, string Client, string ClientEndpoint);

/// <summary>A node cannot take part, with one sentence why.</summary>
public sealed record RunRefused(ulong RunId, string Node, string Reason, RefusalKind Kind);

/// <summary>Why a node does not take part.</summary>
public enum RefusalKind
{
    /// <summary>It has another run; once that is over it takes this one.</summary>
    Busy,

    /// <summary>It could not prepare the run, or go on with it. It may succeed another time.</summary>
    Failed,

    /// <summary>It cannot use the job: asking it again is of no use.</summary>
    Unusable,
}

/// <summary>A node takes part in the run that it is asked to take part in, or prepares to.</summary>
/// <param name="HasBegun">False while it prepares, which may take as long as its data is large.</param>
public sealed record RunTaken(ulong RunId, string Node, bool HasBegun);

/// <summary>
/// A node's part in the run is over although the run is not, as the node told the client: to the coordinator.
/// </summary>
public sealed record NodeFailed(string Node);

/// <summary>
/// A bug has ended the run at a node or at the client: to all nodes that are there, and to the client. A node answers
/// with it whoever still asks for the run.
/// </summary>
/// <param name="What">A sentence.</param>
/// <param name="Trace">For the log.</param>
public sealed record RunFailed(ulong RunId, string What, string Trace)
{
    /// <summary>A trace may be as deep as the stack.</summary>
    private const int TraceMax = 20_000;

    internal static RunFailed Of(ulong runId, RoleFailedException failure) =>
        new(runId, failure.Message, failure.Trace[..Math.Min(TraceMax, failure.Trace.Length)]);
}

/// <summary>What a person who follows the run should know.</summary>
/// <param name="WaitingSeconds">Where something is waited for: since when; else negative.</param>
public sealed record RunNews(string What, double WaitingSeconds);

/// <summary>
/// A node is there: to those who may have to act where it is not. Between the coordinator, its heirs and the observers
/// it goes both ways.
/// </summary>
/// <param name="HearsMost">It hears a majority of the nodes.</param>
/// <param name="Heard">Whom it hears of those of whom the same is true, and of the observers.</param>
public sealed record Pulse(string Node, bool HearsMost, ImmutableArray<string> Heard);

/// <summary>
/// An observer asks a node to take over from a coordinator, since the two do not hear each other. Repeated.
/// </summary>
public sealed record TakeOverFrom(string Coordinator);

/// <summary>Now and then, for the client's progress.</summary>
public sealed record StepMade(long Step, double Loss);

/// <summary>What faults have cost a node so far: to the client, so that it can tell.</summary>
/// <param name="GradientsRecomputed">Shards' gradients computed again, or in another node's place.</param>
/// <param name="DuplicatesCompared">Gradients that two nodes answered and whose bits were compared here.</param>
public sealed record NodeCounts(string Node, long GradientsRecomputed, long DuplicatesCompared);

/// <summary>
/// An <see cref="EvaluationPart"/> as bytes: where the tensor plane may not reach the coordinator's node.
/// </summary>
public sealed record EvaluationBytes(byte[] Bytes);

/// <summary>A coordinator that takes over asks what a node remembers; answered by a <see cref="RunMemory"/>.</summary>
/// <param name="After">Evaluations of this step and before are known; -1 for none.</param>
public sealed record RecallRun(string Coordinator, long After);

/// <summary>
/// A process tells which one it is and which members of the cluster it does not hear. Sent while there is any doubt.
/// </summary>
/// <param name="Process">Tells it from another process that had the same address before.</param>
/// <param name="Question">The number of a question that is answered by a report; 0 for none.</param>
/// <param name="Answer">The number of the question that this answers; 0 for none.</param>
/// <param name="IsMember">Whether it is a member of a cluster.</param>
public sealed record MemberReport(
    string Node, int Process, long Question, long Answer, bool IsMember, ImmutableArray<string> Unheard);
