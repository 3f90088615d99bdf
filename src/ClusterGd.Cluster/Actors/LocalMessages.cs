using System.Collections.Immutable;
using ClusterGd.Core.Data;
using ClusterGd.Core.Modes;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Actors;

/// <summary>A segment of a worker's gradient. Local only, as all messages of this file.</summary>
public sealed record ComputedResult(GradientSum Sum);

/// <summary>A worker's answer to an assignment.</summary>
public sealed record AssignmentComputed(Assignment Assignment, WorkResult Result);

/// <summary>A worker's sum of two siblings.</summary>
public sealed record MergedResult(GradientSum Sum);

/// <summary>A worker's evaluation is on its way to the coordinator.</summary>
public sealed record EvaluatedResult(int Shard, RowSet Set);

/// <summary>Time for a protocol to look at what is missing.</summary>
public sealed record ProtocolTick
{
    public static readonly ProtocolTick Instance = new();
}

/// <summary>The process hardly gets to run.</summary>
public sealed record Stalled
{
    public static readonly Stalled Instance = new();
}

/// <summary>Time for the first slice to look for nodes that are late.</summary>
public sealed record LatenessTick
{
    public static readonly LatenessTick Instance = new();
}

/// <summary>The step of a slice, and since when it is a counted backup, for its node's status.</summary>
/// <param name="Compared">Second answers compared since it last told.</param>
public sealed record SliceStep(int Slice, long Step, long BackupTerm, long Compared);

/// <summary>A directive has come from this coordinator.</summary>
public sealed record CoordinatorSeen(string Coordinator, long Term);

/// <summary>A node has been silent for longer than is normal for it.</summary>
public sealed record NodeSilent(string Node);

/// <summary>The process wants to go: the node asks for a layout without it.</summary>
public sealed record LeaveRun
{
    public static readonly LeaveRun Instance = new();
}

/// <summary>A shard's rows are in the store.</summary>
public sealed record RowsArrived(int Shard);

/// <summary>A run gives these nodes work; none where no run is on. On the event stream of the actor system.</summary>
public sealed record WorkGiven(ImmutableArray<string> Nodes);
