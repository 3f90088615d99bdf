namespace ClusterGd.Core.Reduction;

/// <summary>
/// A node of the one reduction tree: the aligned range of shards Index·2^Level … (Index+1)·2^Level - 1, cut at the
/// number of shards. Two subtrees are nested or disjoint.
/// </summary>
public readonly record struct Subtree(int Level, int Index)
{
    public static Subtree Leaf(int shard) => new(0, shard);

    /// <summary>The whole tree of S shards.</summary>
    public static Subtree Root(int shardCount)
    {
        int level = 0;
        while (1L << level < shardCount) level++;
        return new Subtree(level, 0);
    }

    public int First => Index << Level;

    /// <summary>One past the last shard.</summary>
    public int End(int shardCount) => (int)Math.Min((long)(Index + 1) << Level, shardCount);

    public Subtree Parent => new(Level + 1, Index >> 1);

    public Subtree Sibling => new(Level, Index ^ 1);

    public bool IsLeft => (Index & 1) == 0;

    public bool Contains(Subtree other) => other.Level <= Level && other.Index >> (Level - other.Level) == Index;

    /// <summary>
    /// Its largest ancestor with the same shards: a missing sibling passes its brother through, nothing is added.
    /// </summary>
    public Subtree Canonical(int shardCount)
    {
        var subtree = this;
        int rootLevel = Root(shardCount).Level;
        while (subtree.Level < rootLevel && subtree.Sibling.First >= shardCount) subtree = subtree.Parent;
        return subtree;
    }

    /// <summary>The fewest subtrees that make up a set of shards, ascending.</summary>
    public static List<Subtree> Cover(IReadOnlySet<int> shards, int shardCount)
    {
        var cover = new List<Subtree>();
        Collect(Root(shardCount));
        return cover;

        void Collect(Subtree subtree)
        {
            int first = subtree.First, end = subtree.End(shardCount), held = 0;
            for (int shard = first; shard < end; shard++) held += shards.Contains(shard) ? 1 : 0;
            if (held == 0) return;
            if (held == end - first)
            {
                cover.Add(subtree.Canonical(shardCount));
                return;
            }
            Collect(new Subtree(subtree.Level - 1, subtree.Index * 2));
            Collect(new Subtree(subtree.Level - 1, subtree.Index * 2 + 1));
        }
    }

    public override string ToString() => Level == 0 ? $"shard {Index}" : $"subtree {Level}/{Index}";
}
