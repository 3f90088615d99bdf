using System.Collections.Immutable;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Core.Protocol;

/// <summary>A slice's part of the squared norm of a step's mean gradient, for clipping by the global norm.</summary>
public sealed record SliceNorm(int Slice, long Step, double SquaredNorm);

/// <summary>A slice asks a node for shards' gradients of a step, again.</summary>
public sealed record GradientRequest(long Step, Pass Pass, ImmutableArray<int> Shards);

/// <summary>The first slice asks a node to compute shards of a step as well, whose host is late.</summary>
public sealed record StandInRequest(long Step, ImmutableArray<int> Shards);

/// <summary>A node asks a slice to publish to it; sent to the slice's host.</summary>
public sealed record SliceRequest(int Slice, string Node) : ISliceMessage;

/// <summary>A node that takes a slice over asks for its state; sent to the node that has it.</summary>
public sealed record StateRequest(int Slice, string Node) : ISliceMessage;

/// <summary>A slice's norm for another slice; sent to that one's host.</summary>
public sealed record NormFor(int Slice, SliceNorm Norm) : ISliceMessage;

/// <summary>A slice asks another for its norm of a step; sent to that one's host.</summary>
public sealed record NormRequest(int Slice, long Step) : ISliceMessage;

/// <summary>A user asks for a clean stop.</summary>
public sealed record InterruptRun;

/// <summary>The coordinator tells every node that the run is over.</summary>
public sealed record RunOver(RunOutcome Outcome);

/// <summary>A coordinator or an observer asks what a node remembers; answered by a <see cref="RunMemory"/>.</summary>
/// <param name="ReplyTo">Who asks.</param>
/// <param name="After">Evaluations of this step and before are known; -1 for none.</param>
public sealed record RecallRun(RoleAddress ReplyTo, long After);

/// <summary>
/// A node's part in the run is over although the run is not, as the node told the client: to the coordinator.
/// </summary>
public sealed record NodeFailed(string Node);

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

/// <summary>What a person who follows the run should know.</summary>
/// <param name="WaitingSeconds">Where something is waited for: since when; else negative.</param>
public sealed record RunNews(string What, double WaitingSeconds);

/// <summary>Now and then, for the client's progress.</summary>
public sealed record StepMade(long Step, double Loss);

/// <summary>What faults have cost a node so far: to the client, so that it can tell.</summary>
/// <param name="GradientsRecomputed">Shards' gradients computed again, or in another node's place.</param>
/// <param name="DuplicatesCompared">Gradients that two nodes answered and whose bits were compared here.</param>
public sealed record NodeCounts(string Node, long GradientsRecomputed, long DuplicatesCompared);
