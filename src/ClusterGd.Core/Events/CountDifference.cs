using ClusterGd.Core.Data;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Core.Events;

/// <summary>
/// Finds which shards' gradients make up the difference between two digests: one or two of them, a shard in all steps,
/// or a step with all shards. More than that leaves the number of rows alone to tell of.
/// </summary>
internal sealed class CountDifference
{
    /// <summary>Beyond so many gradients the search takes too much memory.</summary>
    private const long GradientsMax = 8L << 20;

    private readonly Dictionary<ulong, (long Step, int Shard, int Count)> _gradients = [];
    private readonly Dictionary<ulong, string> _groups = [];

    /// <param name="first">Updates first+1 … end are in question.</param>
    public CountDifference(ShardPlan shards, long first, long end)
    {
        if ((end - first) * shards.ShardCount > GradientsMax) return;
        var byShard = new ulong[shards.ShardCount];
        for (long step = first; step < end; step++)
        {
            ulong all = 0;
            for (int shard = 0; shard < shards.ShardCount; shard++)
            {
                var (position, count) = shards.MicroBatch(shard, step);
                ulong digest = CountDigest.Of(step, shard, position, count);
                if (count > 0) _gradients[digest] = (step, shard, count);
                all = CountDigest.Add(all, digest);
                byShard[shard] = CountDigest.Add(byShard[shard], digest);
            }
            _groups[all] = $"all shards of step {step + 1}";
        }
        for (int shard = 0; shard < byShard.Length; shard++) _groups[byShard[shard]] = $"shard {shard} of every step";
    }

    /// <param name="difference">Counted less due.</param>
    public string Explain(ulong difference)
    {
        ulong negative = CountDigest.Difference(0, difference);
        if (Name(difference) is { } twice) return $"{twice} was counted twice";
        if (Name(negative) is { } missing) return $"{missing} was not counted";
        foreach (ulong one in _gradients.Keys)
        {
            // Of two that were doubled, doubled and left out, or left out.
            if (Name(CountDigest.Difference(one, difference)) is { } other)
            {
                return $"{Name(one)} was counted twice, and {other} was not counted";
            }
            if (Name(CountDigest.Difference(difference, one)) is { } both)
            {
                return $"{Name(one)} and {both} were counted twice";
            }
            if (Name(CountDigest.Difference(negative, one)) is { } neither)
            {
                return $"{Name(one)} and {neither} were not counted";
            }
        }
        return "more than two gradients are wrong, which the digest does not name";
    }

    private string? Name(ulong digest)
    {
        if (_gradients.TryGetValue(digest, out var one))
        {
            return $"shard {one.Shard} of step {one.Step + 1} ({one.Count} row{(one.Count == 1 ? "" : "s")})";
        }
        return _groups.GetValueOrDefault(digest);
    }
}
