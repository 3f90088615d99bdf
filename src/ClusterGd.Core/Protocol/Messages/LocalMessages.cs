using System.Collections.Immutable;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Core.Protocol;

/// <summary>A segment of a worker's gradient. As all of this file it never leaves its process.</summary>
public sealed record ComputedResult(GradientSum Sum);

/// <summary>The sum of two siblings.</summary>
public sealed record MergedResult(GradientSum Sum);

/// <summary>A worker's answer to an assignment.</summary>
public sealed record AssignmentComputed(Assignment Assignment, WorkerPush Push);

/// <summary>A shard's rows are in the store.</summary>
public sealed record RowsArrived(int Shard);

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
public sealed record SliceStep(int Slice, long Step, long? BackupTerm, long Compared);

/// <summary>The process wants to go: the node asks for a layout without it.</summary>
public sealed record LeaveRun
{
    public static readonly LeaveRun Instance = new();
}

/// <summary>A process has become a member of the cluster.</summary>
public sealed record NodeJoined(string Node);

/// <summary>A process is no member of the cluster any more.</summary>
public sealed record NodeGone(string Node);

/// <summary>A node has been silent for longer than is normal for it.</summary>
public sealed record NodeSilent(string Node);

/// <summary>The nodes that may have the coordinator.</summary>
public sealed record NodesAre(ImmutableArray<string> OldestFirst);

/// <summary>A directive has come from this coordinator.</summary>
public sealed record CoordinatorSeen(string Coordinator, long Term);
