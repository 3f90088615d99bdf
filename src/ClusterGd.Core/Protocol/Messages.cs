using System.Collections.Immutable;
using ClusterGd.Core.Data;
using ClusterGd.Core.Metrics;

namespace ClusterGd.Core.Protocol;

/// <summary>What a gradient is taken over.</summary>
public enum Pass
{
    /// <summary>The step's micro-batches; the slices update.</summary>
    MiniBatch,

    /// <summary>All training rows at the same parameters; the slices only measure.</summary>
    Full,
}

/// <summary>The sum of the gradients of one subtree of shards. Its buffer has one owner: whoever holds the message.</summary>
/// <param name="Count">Rows summed.</param>
/// <param name="LossSum">Σ loss over those rows.</param>
/// <param name="NoiseSum">Σ over the leaves with rows of ‖mean gradient of the leaf‖²; 0 where no criterion needs it.</param>
/// <param name="LeafCount">Leaves with rows.</param>
public sealed record GradientSum(
    long Step, Pass Pass, Subtree Subtree, int Count, double LossSum, double NoiseSum, int LeafCount, PooledFloats Values)
{
    /// <summary>Adds <paramref name="right"/> into this one's buffer, gives its own buffer back, and names the parent.</summary>
    public GradientSum Add(GradientSum right)
    {
        Kernels.VectorKernels.Add(Values.Span, right.Values.Span);
        right.Values.Release();
        return Combined(right);
    }

    /// <summary>The header of left + right, whose numbers the caller has added into this one's buffer.</summary>
    public GradientSum Combined(GradientSum right) => this with
    {
        Subtree = Subtree.Parent,
        Count = Count + right.Count,
        LossSum = LossSum + right.LossSum,
        NoiseSum = NoiseSum + right.NoiseSum,
        LeafCount = LeafCount + right.LeafCount,
    };
}

/// <summary>The part of a gradient sum that concerns one slice: what goes over the data plane.</summary>
public sealed record GradientPart(int Slice, GradientSum Sum);

/// <summary>The parameters of one slice after a step: what goes over the data plane to every node.</summary>
/// <param name="IsFinal">The result of the run: no step follows.</param>
/// <param name="Values">The slice's parameters; each receiver is an owner.</param>
/// <param name="StepLoss">Mean loss of the rows of the step that made them; NaN at the start. For progress only.</param>
public sealed record SlicePublished(int Slice, long Step, bool IsFinal, double StepLoss, PooledFloats Values);

/// <summary>What a slice knows at an evaluation; sums are of its own parameters.</summary>
/// <param name="LossSum">Σ loss over the rows of the steps since the last evaluation; slice 0 only.</param>
public sealed record SliceSummary(
    int Slice, long Step, bool IsFinal, double LossSum, long RowCount, double SquaredNorm, double SquaredChange,
    double Penalty, double LearningRate, double NoiseSum, long LeafCount, double StepSquaredNormSum, long StepCount);

/// <summary>What a slice measured in a full pass, over its own part.</summary>
public sealed record SliceGradient(int Slice, long Step, double LossSum, long RowCount, double SquaredNorm, double MaxNorm);

/// <summary>One shard's part of an evaluation.</summary>
public sealed record EvaluationPart(long Step, bool IsFinal, RowSet Set, int Shard, MetricSums Sums);

/// <summary>Who hosts what. A higher term replaces a lower one.</summary>
/// <param name="ShardHosts">Node by shard.</param>
/// <param name="SliceHosts">Node by slice.</param>
public sealed record Layout(
    long Term, ImmutableArray<string> Nodes, ImmutableArray<string> ShardHosts, ImmutableArray<string> SliceHosts);

/// <summary>
/// What the coordinator wants of everyone, whole: level-triggered, so a lost, doubled or late one does no harm. Of two,
/// the one with the higher sequence number holds.
/// </summary>
/// <param name="Limit">Nodes start no step at or beyond it.</param>
/// <param name="IsHeld">Start no step at all and answer with <see cref="Held"/>: an interrupt is being prepared.</param>
/// <param name="TrainShards">Shards whose training rows are to be evaluated when the limit is reached.</param>
/// <param name="TestShards">The same for the test rows.</param>
/// <param name="HasFullPass">A gradient over all training rows is due when the limit is reached.</param>
/// <param name="KeepBestStep">The parameters of this step are the best so far: keep a copy; -1 for none.</param>
/// <param name="IsFinishing">The parameters at the limit, or the kept ones, are the result.</param>
public sealed record RunDirective(
    long Sequence, Layout Layout, long Limit, bool IsHeld, ImmutableArray<int> TrainShards,
    ImmutableArray<int> TestShards, bool HasFullPass, long KeepBestStep, bool IsFinishing, bool RestoreBest);

/// <summary>A node's answer to a hold: the first step it has not started.</summary>
public sealed record Held(string Node, long NextStep);

/// <summary>What a node has: sent until the coordinator's layout shows it, and when it changes.</summary>
/// <param name="Fingerprint">Job, data and kernel version: nodes that differ are refused.</param>
/// <param name="SliceSteps">The step of each hosted slice, beside <paramref name="Slices"/>.</param>
public sealed record NodeStatus(
    string Node, string Fingerprint, ImmutableArray<int> Shards, ImmutableArray<int> Slices, ImmutableArray<long> SliceSteps);

/// <summary>A loss or parameter became NaN or infinite.</summary>
/// <param name="What">One sentence with the step, the place and the value.</param>
public sealed record Divergence(long Step, string What);
