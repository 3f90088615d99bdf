using ClusterGd.Core.Kernels;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Core.Aggregation;

/// <summary>
/// Applies a rule to the shards' gradients of a step. A gradient that is not finite is left out and counts as one of
/// the f faulty ones, whatever the rule; with more than f of them the result is not-a-number, and the run ends. Shards
/// without rows in the step are no voices; with too few voices for f the step's gradient is zero. One owner.
/// </summary>
internal sealed class ShardAggregator(RobustRule rule)
{
    private readonly List<float[]> _means = [];

    /// <summary>
    /// The leaves as one sum over all their rows: the aggregate of their means times the rows, so that it is divided by
    /// them like any other.
    /// </summary>
    /// <param name="leaves">Of one step, in the order of their shards; read only.</param>
    /// <param name="shardCount">Of the job.</param>
    /// <param name="buffer">Becomes the result's.</param>
    /// <param name="element">What the result is rounded to.</param>
    public GradientSum Aggregate(
        IReadOnlyList<GradientSum> leaves, int shardCount, PooledFloats buffer, ElementType element)
    {
        var result = buffer.Span;
        int used = 0, faulty = rule.Faulty;
        var root = leaves[0];
        for (int i = 0; i < leaves.Count; i++)
        {
            if (i > 0) root = root.Combined(leaves[i]);
            if (leaves[i].Count == 0) continue;
            if (VectorKernels.IsAllFinite(leaves[i].Values.Span[..result.Length])) Take(leaves[i], used++);
            else faulty--;
        }
        if (faulty < 0) result.Fill(float.NaN);
        else if (used < rule.CountMin(faulty)) result.Clear();
        else Write(used, faulty, root.Count, result);
        HalfKernels.Round(result, element);
        return root with { Subtree = Subtree.Root(shardCount), Values = buffer };
    }

    private void Take(GradientSum leaf, int index)
    {
        if (_means.Count == index) _means.Add(new float[leaf.Values.Length]);
        _means[index].AsSpan().Clear();
        VectorKernels.AddScaled(1f / leaf.Count, leaf.Values.Span, _means[index]);
    }

    private void Write(int used, int faulty, int rowCount, Span<float> result)
    {
        rule.Aggregate(_means.GetRange(0, used), faulty, result);
        for (int i = 0; i < result.Length; i++) result[i] *= rowCount;
    }
}
