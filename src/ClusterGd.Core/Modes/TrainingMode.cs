namespace ClusterGd.Core.Modes;

/// <summary>
/// When the workers, one a shard, may go on, and what the server makes of what they send. Immutable.
/// </summary>
public abstract record TrainingMode
{
    /// <summary>Whether the result is the synchronous one: a function of job and data alone.</summary>
    public virtual bool IsSynchronous => false;

    /// <summary>Whether the result depends on job and data alone where no worker's host is lost.</summary>
    public virtual bool HasOneResult => IsSynchronous;

    /// <summary>Fewest shards it makes sense for.</summary>
    public virtual int ShardsMin => 1;
}

/// <summary>Every step waits for all shards.</summary>
public sealed record Synchronous : TrainingMode
{
    public override bool IsSynchronous => true;
}

/// <summary>
/// A worker may be up to <paramref name="Bound"/> steps ahead of the parameters it computes with (stale synchronous
/// parallel, Ho et al. 2013). A step's gradients are still added up once they are all there, in the fixed order, and
/// applied in the order of the steps: with bound 0 that is synchronous training, to the last bit.
/// </summary>
public sealed record BoundedStaleness(int Bound) : TrainingMode
{
    public override bool HasOneResult => Bound == 0;
}

/// <summary>How the gradient of a worker that has fallen behind is corrected.</summary>
public enum DelayCompensation
{
    None,

    /// <summary>g + λ·g⊙g⊙(w − w of the worker).</summary>
    Constant,

    /// <summary>The same with λ / √(mean square of g + ε) in place of λ.</summary>
    Adaptive,
}

/// <summary>
/// Every gradient is applied when it arrives (Downpour, Dean et al. 2012). With τ updates between a worker's read and
/// its push, the staleness-aware rate is η / max(1, τ) (Zhang et al. 2015, arXiv 1511.05950); delay compensation is
/// DC-ASGD's (Zheng et al. 2016, arXiv 1609.08326), from what each worker read last.
/// </summary>
/// <param name="Lambda">λ, or λ₀ where it is adaptive.</param>
/// <param name="Decay">Of the mean square, where it is adaptive.</param>
public sealed record Asynchronous(bool IsStalenessAware, DelayCompensation Compensation, double Lambda, double Decay)
    : TrainingMode;

/// <summary>
/// A step takes the first <paramref name="K"/> gradients computed from its parameters, and the others come too late
/// (backup workers, Chen et al. 2016, arXiv 1604.00981). A late worker computes the same rows again for the next step.
/// </summary>
public sealed record KOfN(int K) : TrainingMode
{
    public override int ShardsMin => K;
}

/// <summary>
/// Each worker makes <paramref name="Every"/> steps of its own, with its own optimizer's state; then the outer
/// optimizer, SGD with Nesterov's momentum, takes the mean of what they changed as its gradient (DiLoCo, Douillard et
/// al. 2023, arXiv 2311.08105). Rate 1 without momentum is local SGD (Stich 2018, arXiv 1805.09767).
/// </summary>
public sealed record LocalSteps(int Every, double OuterLearningRate, double OuterMomentum) : TrainingMode
{
    public override bool HasOneResult => true;
}
