using System.Collections.Immutable;

namespace ClusterGd.Core.Protocol;

/// <summary>Who hosts what. The one with the higher term holds. Immutable.</summary>
/// <param name="Term">Rises with every layout that a coordinator makes, also over coordinators.</param>
/// <param name="Generation">Rises whenever the run begins anew, because a slice was lost with its state.</param>
/// <param name="Nodes">Those that take part, in the order of their ranges.</param>
/// <param name="Observers">Those that host nothing and want the result.</param>
/// <param name="Endpoints">Where the data planes of the nodes, then of the observers, listen.</param>
/// <param name="ShardHosts">Node by shard.</param>
/// <param name="SliceHosts">Node by slice.</param>
/// <param name="SliceSources">Node by slice that has its state, or an observer that has it in a checkpoint; empty where
/// it starts from the initial parameters.</param>
/// <param name="SliceBackups">By slice the nodes that follow its host step by step, so that one of them can go on in
/// its place.</param>
/// <param name="Why">What it is made for: one clause for people.</param>
public sealed record Layout(
    long Term, int Generation, ImmutableArray<string> Nodes, ImmutableArray<string> Observers,
    ImmutableArray<string> Endpoints, ImmutableArray<string> ShardHosts, ImmutableArray<string> SliceHosts,
    ImmutableArray<string> SliceSources, ImmutableArray<ImmutableArray<SliceBackup>> SliceBackups, string Why = "")
{
    /// <summary>The nodes that have a shard, a slice or a slice's backup: not all, if there are few of those.</summary>
    public ImmutableArray<string> Working =>
    [
        .. ShardHosts.Concat(SliceHosts).Concat(SliceBackups.SelectMany(all => all.Select(backup => backup.Node)))
            .Where(node => node.Length > 0).Distinct(StringComparer.Ordinal),
    ];

    /// <summary>The shards of a node, ascending.</summary>
    public IEnumerable<int> ShardsOf(string node) => IndicesOf(ShardHosts, node);

    /// <summary>The slices of a node, ascending.</summary>
    public IEnumerable<int> SlicesOf(string node) => IndicesOf(SliceHosts, node);

    /// <summary>The slices that a node is a backup of, ascending.</summary>
    public IEnumerable<int> BackupsOf(string node)
    {
        for (int slice = 0; slice < SliceBackups.Length; slice++)
        {
            if (BackupAt(slice, node) is not null) yield return slice;
        }
    }

    /// <summary>Null where the node is no backup of the slice.</summary>
    public SliceBackup? BackupAt(int slice, string node)
    {
        foreach (var backup in SliceBackups[slice])
        {
            if (backup.Node == node) return backup;
        }
        return null;
    }

    /// <summary>The data plane of a node or observer; null where the layout has neither.</summary>
    public string? EndpointOf(string name)
    {
        int index = Nodes.IndexOf(name);
        if (index < 0 && Observers.IndexOf(name) is >= 0 and int observer) index = Nodes.Length + observer;
        return index < 0 ? null : Endpoints[index];
    }

    private static IEnumerable<int> IndicesOf(ImmutableArray<string> hosts, string node)
    {
        for (int i = 0; i < hosts.Length; i++)
        {
            if (hosts[i] == node) yield return i;
        }
    }
}

/// <summary>A node that makes each update of a slice as well.</summary>
/// <param name="Since">The term of the layout with which it began to: what it said of the slice before is void.</param>
public sealed record SliceBackup(string Node, long Since);
