using ClusterGd.Core.Aggregation;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// Makes a run's updates once more, one after the other and without a cluster: the same bits, since the parameters are
/// a function of job and data. Its owner computes the shards' gradients, on as many threads as it likes. One
/// owner.
/// </summary>
public sealed class StepReplay
{
    private readonly TrainingPlan _plan;
    private readonly WholeModel _model;
    private readonly FloatPool _pool;
    private readonly ShardSums _sums;
    private readonly ShardAggregator? _aggregator;

    /// <param name="initial">The parameters at step 0; read only.</param>
    public StepReplay(TrainingPlan plan, ReadOnlySpan<float> initial)
    {
        _plan = plan;
        _model = new WholeModel(plan, plan.SliceStarts, initial);
        _pool = new FloatPool(plan.Model.ParameterCount);
        _sums = new ShardSums(plan.ShardCount, plan.ElementOf(Pass.MiniBatch));
        _aggregator = plan.Aggregation is { } rule ? new ShardAggregator(rule) : null;
    }

    /// <param name="from">Where it begins.</param>
    public StepReplay(TrainingPlan plan, Checkpoint from) : this(plan, from.Parameters())
    {
        Step = from.Step;
        for (int slice = 0; slice < plan.SliceCount; slice++) _model.Import(slice, from.Slices[slice]);
    }

    /// <summary>Updates made.</summary>
    public long Step { get; private set; }

    /// <summary>A copy of all parameters, which are those of a run's result, were it to end here.</summary>
    public float[] Parameters() => _model.ToArray();

    /// <summary>
    /// The version that the shards' gradients of the next update are taken at; the caller's to release.
    /// </summary>
    public ParameterVersion Publish()
    {
        var values = _pool.Rent();
        _model.CopyTo(values.Span);
        HalfKernels.Round(values.Span, _plan.ElementOf(isFinal: false));
        return new ParameterVersion(Step, false, double.NaN, values);
    }

    /// <summary>Makes the next update.</summary>
    /// <param name="gradients">Of the present step, by shard; it takes them over.</param>
    public void Update(IReadOnlyList<GradientSum> gradients)
    {
        var root = _aggregator is null ? Reduce(gradients) : Aggregate(gradients);
        _model.Apply(Step, root.Values.Span, root.Count, _plan.LearningRates.At(Step + 1));
        root.Values.Release();
        Step++;
    }

    private GradientSum Reduce(IReadOnlyList<GradientSum> gradients)
    {
        foreach (var leaf in gradients) _sums.Add(leaf);
        return _sums.TakeSum();
    }

    private GradientSum Aggregate(IReadOnlyList<GradientSum> gradients)
    {
        var root = _aggregator!.Aggregate(gradients, _plan.ShardCount, _pool.Rent(), _plan.ElementOf(Pass.MiniBatch));
        foreach (var leaf in gradients) leaf.Values.Release();
        return root;
    }
}
