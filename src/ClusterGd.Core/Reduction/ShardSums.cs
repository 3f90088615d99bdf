using ClusterGd.Core.Kernels;

namespace ClusterGd.Core.Reduction;

/// <summary>The shards' gradients for one update, at most one of each, kept apart until they are wanted. One owner.
/// </summary>
/// <param name="element">What sums are rounded to.</param>
public sealed class ShardSums(int shardCount, ElementType element)
{
    private readonly ReductionTree<GradientSum> _tree = new(shardCount);
    private readonly List<GradientSum> _displaced = [];

    public int Count { get; private set; }

    public bool Has(int shard) => _tree.Held(Subtree.Leaf(shard)) is not null;

    /// <summary>Takes a shard's gradient over; gives its buffer back where one is here already.</summary>
    public void Add(GradientSum sum)
    {
        if (_tree.Offer(sum.Subtree, sum, _displaced)) Count++;
        else sum.Values.Release();
    }

    /// <summary>All that is here, added along the one reduction tree: the caller's. At least one is here.</summary>
    public GradientSum TakeSum()
    {
        Count = 0;
        return _tree.TakeSum((left, right) => left.Add(right, element))!;
    }

    /// <summary>Gives all buffers back.</summary>
    public void Clear()
    {
        Count = 0;
        _tree.Clear(_displaced);
        foreach (var sum in _displaced) sum.Values.Release();
        _displaced.Clear();
    }
}
