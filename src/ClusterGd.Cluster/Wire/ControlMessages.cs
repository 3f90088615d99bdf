using System.Collections.Immutable;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Wire;

/// <summary>A slice asks a node for shards' gradients of a step, again.</summary>
public sealed record GradientRequest(long Step, Pass Pass, ImmutableArray<int> Shards);

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
