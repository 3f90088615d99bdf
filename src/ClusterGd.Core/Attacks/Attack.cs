namespace ClusterGd.Core.Attacks;

/// <summary>
/// What a shard that lies sends in place of its gradient: a function of step, shard and the liars' own gradients alone,
/// so that a run under attack has one result too. Stateless.
/// </summary>
public abstract class Attack
{
    /// <summary>Whether <see cref="Apply"/> looks at the gradients of the other liars.</summary>
    public virtual bool IsJoint => false;

    /// <summary>Replaces a gradient.</summary>
    /// <param name="step">The step; from 0.</param>
    /// <param name="shard">The shard that sends it.</param>
    /// <param name="count">Rows of the shard in this step; ≥ 1.</param>
    /// <param name="liars">The means of all liars' gradients, in the order of their shards, where the attack is joint;
    /// else none.</param>
    /// <param name="gradientSum">Σ of the gradients of the rows; overwritten.</param>
    public abstract void Apply(
        long step, int shard, int count, IReadOnlyList<float[]> liars, Span<float> gradientSum);
}

/// <summary>g ← −factor·g: upwards in place of downwards.</summary>
public sealed class SignFlip(float factor) : Attack
{
    public override void Apply(
        long step, int shard, int count, IReadOnlyList<float[]> liars, Span<float> gradientSum)
    {
        foreach (ref float g in gradientSum) g *= -factor;
    }
}

/// <summary>g ← factor·g.</summary>
public sealed class Scaling(float factor) : Attack
{
    public override void Apply(
        long step, int shard, int count, IReadOnlyList<float[]> liars, Span<float> gradientSum)
    {
        foreach (ref float g in gradientSum) g *= factor;
    }
}

/// <summary>Every element is not-a-number.</summary>
public sealed class NotANumber : Attack
{
    public override void Apply(
        long step, int shard, int count, IReadOnlyList<float[]> liars, Span<float> gradientSum) =>
        gradientSum.Fill(float.NaN);
}

/// <summary>
/// A little is enough (Baruch et al. 2019, arXiv 1902.06156): all liars send mean − z·deviation of each element, as
/// estimated from their own gradients, which hides among the honest ones.
/// </summary>
public sealed class LittleIsEnough(double z) : Attack
{
    public override bool IsJoint => true;

    public override void Apply(
        long step, int shard, int count, IReadOnlyList<float[]> liars, Span<float> gradientSum)
    {
        for (int i = 0; i < gradientSum.Length; i++)
        {
            double mean = 0, squares = 0;
            foreach (float[] liar in liars) mean += liar[i];
            mean /= liars.Count;
            foreach (float[] liar in liars) squares += (liar[i] - mean) * (liar[i] - mean);
            gradientSum[i] = (float)((mean - z * Math.Sqrt(squares / liars.Count)) * count);
        }
    }
}
