using System.Collections.Immutable;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// Nodes that were removed from their cluster while they had no work, and look for each other. They may form a new
/// cluster only if there can be no other: each of the former members has answered that it is in none, or is dead. One
/// that cannot be reached may be in one. Pure. One owner.
/// </summary>
/// <param name="self">The node that looks.</param>
/// <param name="former">All nodes of the cluster that it was in, itself too or not.</param>
public sealed class Reunion(string self, ImmutableArray<string> former)
{
    /// <summary>An answer counts for so long.</summary>
    private static readonly TimeSpan s_validity = TimeSpan.FromSeconds(3);

    private readonly Dictionary<string, TimeSpan> _alone = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TimeSpan> _dead = new(StringComparer.Ordinal);

    /// <summary>The other former members.</summary>
    public ImmutableArray<string> Others { get; } = former.Remove(self);

    /// <summary>A node answers; one that is in a cluster is joined, which is done without this class.</summary>
    public void Answered(string node, bool isMember, TimeSpan now)
    {
        _dead.Remove(node);
        if (isMember) _alone.Remove(node);
        else _alone[node] = now;
    }

    /// <summary>A node's port refuses.</summary>
    public void IsDead(string node, TimeSpan now)
    {
        _alone.Remove(node);
        _dead[node] = now;
    }

    /// <summary>Whether this node forms the new cluster: the first by name of those that live.</summary>
    public bool MayForm(TimeSpan now)
    {
        bool Is(Dictionary<string, TimeSpan> known, string node) =>
            known.TryGetValue(node, out var at) && now - at <= s_validity;

        return Others.All(node => Is(_alone, node) || Is(_dead, node))
            && Others.Where(node => Is(_alone, node)).All(node => string.CompareOrdinal(self, node) < 0);
    }
}
