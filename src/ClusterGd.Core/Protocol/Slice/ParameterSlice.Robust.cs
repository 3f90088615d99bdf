using ClusterGd.Core.Reduction;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// Under a robust rule the tree holds the shards' gradients one by one until all are there; their aggregate then takes
/// the root's place, and all that follows is as with a sum.
/// </summary>
public sealed partial class ParameterSlice
{
    private void AggregateLeaves()
    {
        if (_steps.Complete is not null || _steps.MissingShards().Count > 0) return;
        var leaves = Enumerable.Range(0, Plan.ShardCount).Select(shard => _steps.Held(Subtree.Leaf(shard))!).ToList();
        var root = _aggregator!.Aggregate(leaves, Plan.ShardCount, Pool.Rent(), Plan.ElementOf(Pass.MiniBatch));
        _steps.Offer(root.Subtree, root with { First = First }, _displaced);
    }
}
