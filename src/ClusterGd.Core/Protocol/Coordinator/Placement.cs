using System.Collections.Immutable;
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

    /// <summary>The host of every item.</summary>
    public static ImmutableArray<string> Even(int itemCount, ImmutableArray<string> nodes) =>
        [.. Enumerable.Range(0, itemCount).Select(item => nodes[NodeOf(item, itemCount, nodes.Length)])];

    /// <summary>By item the nodes behind its host, in the order of the ranges and around.</summary>
    /// <param name="count">Wanted; fewer where there are not so many other nodes.</param>
    /// <param name="before">Those that come first where they still are among the nodes.</param>
    public static ImmutableArray<ImmutableArray<string>> Backups(
        ImmutableArray<string> hosts, ImmutableArray<string> nodes, int count,
        ImmutableArray<ImmutableArray<string>> before) =>
    [
        .. hosts.Select((host, item) => before[item].Where(node => node != host && nodes.Contains(node))
            .Union(Behind(host, nodes)).Take(count).ToImmutableArray()),
    ];

    private static IEnumerable<string> Behind(string host, ImmutableArray<string> nodes)
    {
        int rank = nodes.IndexOf(host);
        return Enumerable.Range(1, nodes.Length - 1).Select(i => nodes[(rank + i) % nodes.Length]);
    }

    /// <summary>
    /// The order of the ranges: nodes that were there keep their order, new ones follow, so that little moves.
    /// </summary>
    public static ImmutableArray<string> Order(ImmutableArray<string> before, IEnumerable<string> now)
    {
        var left = now.ToHashSet(StringComparer.Ordinal);
        // Asked at every status; mostly nothing has changed.
        if (left.Count == before.Length && before.All(left.Contains)) return before;
        var stayed = before.Where(left.Remove).ToList();
        return [.. stayed, .. left.Order(StringComparer.Ordinal)];
    }

    /// <summary>What a lost node hosted, given to the others in turn; all else stays where it is.</summary>
    public static ImmutableArray<string> Without(
        string lost, ImmutableArray<string> hosts, ImmutableArray<string> others)
    {
        int next = 0;
        return [.. hosts.Select(host => host == lost ? others[next++ % others.Length] : host)];
    }
}
