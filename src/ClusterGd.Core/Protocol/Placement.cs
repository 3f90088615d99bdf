using ClusterGd.Core.Data;

namespace ClusterGd.Core.Protocol;

/// <summary>Who should host what: contiguous, even ranges, so that a node holds whole subtrees where it can.</summary>
public static class Placement
{
    /// <summary>
    /// The rank, among <paramref name="nodeCount"/> nodes, of the one that hosts an item (shard or slice).
    /// </summary>
    public static int NodeOf(int item, int itemCount, int nodeCount)
    {
        int node = (int)((long)item * nodeCount / itemCount);
        while (node + 1 < nodeCount && ShardPlan.Start(itemCount, nodeCount, node + 1) <= item) node++;
        while (ShardPlan.Start(itemCount, nodeCount, node) > item) node--;
        return node;
    }
}
