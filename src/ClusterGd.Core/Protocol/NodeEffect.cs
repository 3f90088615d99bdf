using System.Collections.Immutable;
using ClusterGd.Core.Checkpoints;
using ClusterGd.Core.Data;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Modes;

namespace ClusterGd.Core.Protocol;

/// <summary>What a node wants done.</summary>
public abstract record NodeEffect
{
    /// <summary>
    /// Have a shard's gradient computed; answer with <see cref="NodeProtocol.Computed"/> for each segment of it, in any
    /// order.
    /// </summary>
    /// <param name="Version">The worker's share of the buffer is included: release it after use.</param>
    public sealed record Compute(int Shard, Pass Pass, ParameterVersion Version) : NodeEffect;

    /// <summary>Have left + right of a segment added; answer with <see cref="NodeProtocol.Merged"/>.</summary>
    /// <param name="Element">What the sum is rounded to.</param>
    public sealed record Merge(GradientSum Left, GradientSum Right, Segment Segment, ElementType Element) : NodeEffect
    {
        /// <summary>Does it: once.</summary>
        public GradientSum Sum()
        {
            HalfKernels.Add(Segment.Of(Left), Segment.Of(Right), Element);
            Right.Values.Release();
            return Left.Combined(Right);
        }
    }

    /// <summary>
    /// Send every slice of the segment its part; each becomes an owner, and the node gives up its own share.
    /// </summary>
    public sealed record Push(GradientSum Sum, Segment Segment) : NodeEffect;

    /// <summary>Ask a node to compute these shards of a step, whose parameters cannot be had here.</summary>
    public sealed record AskStandIn(string Node, long Step, ImmutableArray<int> Shards) : NodeEffect;

    /// <summary>Have a shard's rows evaluated and the result sent to the coordinator.</summary>
    /// <param name="Version">The worker's share of the buffer is included: release it after use.</param>
    public sealed record Evaluate(int Shard, RowSet Set, ParameterVersion Version) : NodeEffect;

    /// <summary>Have an assignment computed by its shard's worker; answer with
    /// <see cref="NodeProtocol.AssignmentComputed"/>.</summary>
    public sealed record ComputeAssignment(Assignment Assignment) : NodeEffect;

    /// <summary>Send a worker's result to the server.</summary>
    public sealed record PushResult(WorkerPush Message) : NodeEffect;

    /// <summary>Ask the server what a worker is to do.</summary>
    public sealed record RequestAssignment(AssignmentRequest Message) : NodeEffect;

    /// <summary>Forget what a shard's worker keeps: the shard has gone elsewhere.</summary>
    public sealed record DropWorker(int Shard) : NodeEffect;

    /// <summary>Ask the server for lines of the order of application.</summary>
    public sealed record RequestOrder(OrderRequest Message) : NodeEffect;

    /// <summary>More lines of the order of application are here; with number 0 it begins anew.</summary>
    public sealed record OrderGrown(int First, ImmutableArray<LogEntry> Lines) : NodeEffect;

    /// <summary>Get the rows of these shards; answer each with <see cref="NodeProtocol.Prepared"/>.</summary>
    public sealed record Prepare(ImmutableArray<int> Shards) : NodeEffect;

    /// <summary>Start a slice from a state that came, or from the initial parameters where it is null.</summary>
    public sealed record StartSlice(int Slice, int Generation, SliceState? State) : NodeEffect;

    /// <summary>Give a backup that is here, and has fallen behind, the newer state of its host.</summary>
    public sealed record RestoreSlice(int Slice, SliceState State) : NodeEffect;

    /// <summary>Stop a slice and forget its state.</summary>
    public sealed record DropSlice(int Slice) : NodeEffect;

    /// <summary>Ask a node for a slice's state; answer with <see cref="NodeProtocol.Restored"/>.</summary>
    public sealed record RequestState(int Slice, string From) : NodeEffect;

    /// <summary>Send a slice's state of a checkpoint to the node that takes it over. Observers only.</summary>
    public sealed record SendState(string Node, SliceState State) : NodeEffect;

    /// <summary>
    /// Ask a node which evaluations after a step it remembers; answer with its <see cref="RunMemory"/>. Observers only.
    /// </summary>
    public sealed record RequestMemory(string Node, long After) : NodeEffect;

    /// <summary>A newer checkpoint is whole. Observers only.</summary>
    public sealed record CheckpointTaken(Checkpoint Checkpoint) : NodeEffect;

    /// <summary>Tell the coordinator which checkpoint is here. Observers only.</summary>
    public sealed record ReportCheckpoint(CheckpointHeld Message) : NodeEffect;

    /// <summary>Ask a slice to publish to this node.</summary>
    public sealed record RequestSlice(int Slice) : NodeEffect;

    public sealed record AnswerHeld(Held Message) : NodeEffect;

    /// <summary>Tell the coordinator that the result is here. Observers only.</summary>
    public sealed record ReportResult(ResultReceived Message) : NodeEffect;

    /// <summary>New parameters are complete. For progress only.</summary>
    public sealed record Advanced(ParameterVersion Version) : NodeEffect;

    /// <summary>Tell the coordinator to end the run: what was seen must never be.</summary>
    public sealed record Broken(Divergence Message) : NodeEffect;

    /// <summary>The status has changed in a way that someone may wait for.</summary>
    public sealed record StatusChanged : NodeEffect
    {
        public static readonly StatusChanged Instance = new();
    }

    /// <summary>It wanted to leave, hosts nothing any more, and all it had is elsewhere.</summary>
    public sealed record MayLeave : NodeEffect
    {
        public static readonly MayLeave Instance = new();
    }
}
