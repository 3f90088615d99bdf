namespace ClusterGd.Core.Reduction;

/// <summary>
/// Idempotent merging of subtree sums (rule 5): what is held are disjoint subtrees; of two nested ones the larger is
/// kept, and siblings are handed out as a pair to be added, left operand first. Duplicates, any order of arrival and
/// recomputed parts therefore give the same sum by construction. Holds no numbers itself.
/// </summary>
public sealed class ReductionTree<T> where T : class
{
    private readonly int _shardCount;
    private readonly int[] _levelStart;
    private readonly T?[] _held;

    // A pair that was handed out counts as its parent: what is nested in it is a duplicate.
    private readonly bool[] _isTaken;

    public ReductionTree(int shardCount) : this(shardCount, Subtree.Root(shardCount)) { }

    /// <param name="target">The tree is complete when this subtree is held.</param>
    public ReductionTree(int shardCount, Subtree target)
    {
        _shardCount = shardCount;
        Target = target.Canonical(shardCount);
        int levels = Subtree.Root(shardCount).Level + 1;
        _levelStart = new int[levels + 1];
        for (int level = 0; level < levels; level++)
        {
            _levelStart[level + 1] = _levelStart[level] + (int)(((long)shardCount + (1L << level) - 1) >> level);
        }
        _held = new T?[_levelStart[levels]];
        _isTaken = new bool[_levelStart[levels]];
    }

    public int ShardCount => _shardCount;

    public Subtree Target { get; }

    /// <summary>The sum of the target, once it is there.</summary>
    public T? Complete => _held[Slot(Target)];

    /// <summary>The sum of a subtree where it is held by itself; null else.</summary>
    public T? Held(Subtree subtree) => _held[Slot(subtree.Canonical(_shardCount))];

    /// <summary>
    /// Adds a subtree's sum. False where it is already held, or nested in one that is: the caller keeps the item.
    /// </summary>
    /// <param name="displaced">Receives what the item makes superfluous: the caller releases it.</param>
    public bool Offer(Subtree subtree, T item, List<T> displaced)
    {
        subtree = subtree.Canonical(_shardCount);
        if (!Target.Contains(subtree) || IsCovered(subtree)) return false;
        RemoveNested(subtree, displaced);
        _held[Slot(subtree)] = item;
        return true;
    }

    /// <summary>
    /// Takes out two siblings that are both held, to be added as left + right. The sum comes back by
    /// <see cref="Returned"/>.
    /// </summary>
    public bool TryTakePair(Subtree of, out T? left, out T? right)
    {
        left = right = null;
        of = of.Canonical(_shardCount);
        if (of == Target) return false;
        var sibling = of.Sibling.Canonical(_shardCount);
        int mine = Slot(of), other = Slot(sibling);
        if (_held[mine] is null || _held[other] is null) return false;
        (left, right) = of.IsLeft ? (_held[mine], _held[other]) : (_held[other], _held[mine]);
        _held[mine] = _held[other] = null;
        _isTaken[Slot(of.Parent.Canonical(_shardCount))] = true;
        return true;
    }

    /// <summary>
    /// Brings back the sum of a pair. False where a larger one has come meanwhile: the caller keeps it.
    /// </summary>
    public bool Returned(Subtree parent, T item, List<T> displaced)
    {
        _isTaken[Slot(parent.Canonical(_shardCount))] = false;
        return Offer(parent, item, displaced);
    }

    /// <summary>
    /// Takes out the sum of all that is held, added along the tree: what is missing passes its sibling through. Null
    /// where nothing is held.
    /// </summary>
    /// <param name="add">left + right, which are used up.</param>
    public T? TakeSum(Func<T, T, T> add) => TakeSum(Target, add);

    private T? TakeSum(Subtree of, Func<T, T, T> add)
    {
        if (of.First >= _shardCount) return null;
        int slot = Slot(of);
        if (_held[slot] is { } whole)
        {
            _held[slot] = null;
            return whole;
        }
        if (of.Level == 0) return null;
        var left = TakeSum(new Subtree(of.Level - 1, of.Index * 2), add);
        var right = TakeSum(new Subtree(of.Level - 1, of.Index * 2 + 1), add);
        return left is null ? right : right is null ? left : add(left, right);
    }

    /// <summary>The shards of the target that nothing covers.</summary>
    public List<int> MissingShards()
    {
        var missing = new List<int>();
        for (int shard = Target.First; shard < Target.End(_shardCount); shard++)
        {
            if (!IsCovered(Subtree.Leaf(shard).Canonical(_shardCount))) missing.Add(shard);
        }
        return missing;
    }

    /// <summary>Empties the tree; the items are the caller's.</summary>
    public void Clear(List<T> displaced)
    {
        for (int i = 0; i < _held.Length; i++)
        {
            if (_held[i] is { } item) displaced.Add(item);
            _held[i] = null;
            _isTaken[i] = false;
        }
    }

    private bool IsCovered(Subtree subtree)
    {
        int top = _levelStart.Length - 2;
        for (var s = subtree; s.Level <= top; s = s.Parent)
        {
            int slot = Slot(s);
            if (_held[slot] is not null || _isTaken[slot]) return true;
        }
        return false;
    }

    private void RemoveNested(Subtree subtree, List<T> displaced)
    {
        for (int level = 0; level < subtree.Level; level++)
        {
            int first = _levelStart[level] + (subtree.First >> level);
            int end = _levelStart[level] + (int)(((long)subtree.End(_shardCount) + (1L << level) - 1) >> level);
            for (int slot = first; slot < end; slot++)
            {
                if (_held[slot] is not { } item) continue;
                displaced.Add(item);
                _held[slot] = null;
            }
        }
    }

    private int Slot(Subtree subtree) => _levelStart[subtree.Level] + subtree.Index;
}
