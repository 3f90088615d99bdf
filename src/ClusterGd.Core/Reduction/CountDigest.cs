namespace ClusterGd.Core.Reduction;

/// <summary>
/// Names which micro-batches a sum has in it, in 64 bits: each shard's gradient of a step has a number of its own, and
/// sums add them up as they add up gradients. So a shard that is counted twice, or not at all, shows, and the
/// difference from what is due says which it was.
/// </summary>
public static class CountDigest
{
    /// <summary>The number of one shard's gradient; 0 where it has no rows.</summary>
    /// <param name="first">First of the positions, in the shard's order of the epoch, whose rows are summed.</param>
    /// <param name="count">Rows summed.</param>
    public static ulong Of(long step, int shard, int first, int count)
    {
        if (count == 0) return 0;
        ulong position = (uint)first | (ulong)(uint)count << 32;
        return Mix(Mix(Mix((ulong)step) + (uint)shard) + position);
    }

    /// <summary>Of two sums together: modulo 2^64, so that order and nesting do not matter.</summary>
    public static ulong Add(ulong left, ulong right) => unchecked(left + right);

    /// <summary>What <paramref name="have"/> has more than is due.</summary>
    public static ulong Difference(ulong have, ulong due) => unchecked(have - due);

    /// <summary>The finalizer of SplitMix64 (Steele, Lea and Flood 2014), one step on.</summary>
    private static ulong Mix(ulong x)
    {
        unchecked
        {
            x += 0x9E3779B97F4A7C15;
            x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
            x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
            return x ^ (x >> 31);
        }
    }
}
