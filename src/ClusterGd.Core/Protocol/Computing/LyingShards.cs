using ClusterGd.Core.Attacks;

namespace ClusterGd.Core.Protocol;

/// <summary>Puts an attack in the place of the gradients of the shards that make it. Owns scratch memory.</summary>
internal sealed class LyingShards(AttackPlan plan, int shardCount, int parameterCount)
{
    private readonly float[][] _means = plan.Attack.IsJoint
        ? [.. Enumerable.Range(0, plan.Liars).Select(_ => new float[parameterCount])] : [];

    /// <summary>Writes the honest mean gradient of a shard's micro-batch of the step.</summary>
    public delegate void HonestMean(int shard, Span<float> mean);

    /// <summary>Replaces the gradient of a shard that lies; not an honest one, nor one without rows.</summary>
    public void Apply(long step, int shard, int count, Span<float> gradientSum, HonestMean honest)
    {
        if (count == 0 || !plan.Has(shard, shardCount)) return;
        for (int i = 0; i < _means.Length; i++) honest(shardCount - plan.Liars + i, _means[i]);
        plan.Attack.Apply(step, shard, count, _means, gradientSum);
    }
}
