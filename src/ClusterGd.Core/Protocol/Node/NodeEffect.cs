using System.Collections.Immutable;
using ClusterGd.Core.Data;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Core.Protocol;

/// <summary>What a node wants done.</summary>
public abstract record NodeEffect : Effect
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

    /// <summary>Have a shard's rows evaluated and the result sent to the coordinator.</summary>
    /// <param name="Version">The worker's share of the buffer is included: release it after use.</param>
    public sealed record Evaluate(int Shard, RowSet Set, ParameterVersion Version) : NodeEffect;

    /// <summary>Have an assignment computed by its shard's worker; answer with
    /// <see cref="Protocol.AssignmentComputed"/>. The worker's share of the buffer is included.</summary>
    public sealed record ComputeAssignment(Assignment Assignment) : NodeEffect;

    /// <summary>Forget what a shard's worker keeps: the shard has gone elsewhere.</summary>
    public sealed record DropWorker(int Shard) : NodeEffect;

    /// <summary>More lines of the order of application are here; with number 0 it begins anew.</summary>
    public sealed record OrderGrown(int First, ImmutableArray<LogEntry> Lines) : NodeEffect;

    /// <summary>Get the rows of these shards; answer each with <see cref="NodeProtocol.Prepared"/>.</summary>
    public sealed record Prepare(ImmutableArray<int> Shards) : NodeEffect;

    /// <summary>Start a slice from a state that came, or from the initial parameters where it is null.</summary>
    public sealed record StartSlice(int Slice, int Generation, SliceState? State) : NodeEffect;

    /// <summary>Stop a slice and forget its state.</summary>
    public sealed record DropSlice(int Slice) : NodeEffect;

    /// <summary>A newer checkpoint is whole. Observers only.</summary>
    public sealed record CheckpointTaken(Checkpoint Checkpoint) : NodeEffect;

    /// <summary>New parameters are complete. For progress only.</summary>
    public sealed record Advanced(ParameterVersion Version) : NodeEffect;

    /// <summary>It wanted to leave, hosts nothing any more, and all it had is elsewhere.</summary>
    public sealed record MayLeave : NodeEffect
    {
        public static readonly MayLeave Instance = new();
    }

    /// <summary>A directive has come, perhaps an old one: the coordinator that sent it is there.</summary>
    /// <param name="IsNewer">The node goes by it from now on.</param>
    public sealed record DirectiveSeen(RunDirective Directive, bool IsNewer) : NodeEffect;

    /// <summary>News for people: an evaluation, <see cref="RunNews"/>, <see cref="StepTimes"/>,
    /// <see cref="NodeCounts"/>.</summary>
    public sealed record Report(object News) : NodeEffect;

    /// <summary>A step was made, here or elsewhere. For progress only.</summary>
    public sealed record Progressed(long Step, double Loss) : NodeEffect;

    /// <summary>It is known how the run has ended, the result may be yet to come.</summary>
    public sealed record OutcomeKnown : NodeEffect
    {
        public static readonly OutcomeKnown Instance = new();
    }

    /// <summary>The run is over here. Said once.</summary>
    /// <param name="Version">Its result, where it has one and this node wants it.</param>
    public sealed record Over(RunOutcome Outcome, ParameterVersion? Version) : NodeEffect;

    /// <summary>The run is over, and its result will not come here any more.</summary>
    public sealed record GiveUp(RunOutcome Outcome) : NodeEffect;
}
