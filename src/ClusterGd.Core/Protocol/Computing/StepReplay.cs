using ClusterGd.Core.Aggregation;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Optimizers;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// Makes a run's updates once more, one after the other and without a cluster: the same bits, since the parameters are
/// a function of job and data. Whoever owns it computes the shards' gradients, on as many threads as it likes. One
/// owner.
/// </summary>
public sealed class StepReplay
{
    private readonly TrainingPlan _plan;
    private readonly SliceUpdater[] _slices;
    private readonly FloatPool _pool;
    private readonly ReductionTree<GradientSum> _tree;
    private readonly ShardAggregator? _aggregator;
    private readonly List<GradientSum> _displaced = [];

    /// <param name="initial">The parameters at step 0; read only.</param>
    public StepReplay(TrainingPlan plan, ReadOnlySpan<float> initial)
    {
        _plan = plan;
        _slices = new SliceUpdater[plan.SliceCount];
        for (int slice = 0; slice < _slices.Length; slice++)
        {
            int first = plan.SliceStarts[slice];
            _slices[slice] = new SliceUpdater(plan, first, initial[first..plan.SliceStarts[slice + 1]]);
        }
        _pool = new FloatPool(plan.Model.ParameterCount);
        _tree = new ReductionTree<GradientSum>(plan.ShardCount);
        _aggregator = plan.Aggregation is { } rule ? new ShardAggregator(rule) : null;
    }

    /// <param name="from">Where it begins.</param>
    public StepReplay(TrainingPlan plan, Checkpoint from) : this(plan, from.Parameters())
    {
        Step = from.Step;
        for (int slice = 0; slice < _slices.Length; slice++) _slices[slice].Import(from.Slices[slice]);
    }

    /// <summary>Updates made.</summary>
    public long Step { get; private set; }

    /// <summary>A copy of all parameters, which are those of a run's result, were it to end here.</summary>
    public float[] Parameters()
    {
        float[] parameters = new float[_plan.Model.ParameterCount];
        CopyTo(parameters);
        return parameters;
    }

    /// <summary>
    /// The version that the shards' gradients of the next update are taken at; the caller's to release.
    /// </summary>
    public ParameterVersion Publish()
    {
        var values = _pool.Rent();
        CopyTo(values.Span);
        HalfKernels.Round(values.Span, _plan.ElementOf(isFinal: false));
        return new ParameterVersion(Step, false, double.NaN, values);
    }

    /// <summary>Makes the next update.</summary>
    /// <param name="gradients">Of the present step, by shard; it takes them over.</param>
    public void Update(IReadOnlyList<GradientSum> gradients)
    {
        var root = _aggregator is null ? Reduce(gradients) : Aggregate(gradients);
        double clip = ClipFactor(root);
        for (int slice = 0; slice < _slices.Length; slice++)
        {
            _slices[slice].Apply(Step, Range(root, slice), root.Count, clip);
        }
        root.Values.Release();
        Step++;
    }

    private GradientSum Reduce(IReadOnlyList<GradientSum> gradients)
    {
        var element = _plan.ElementOf(Pass.MiniBatch);
        foreach (var leaf in gradients)
        {
            var last = leaf;
            _tree.Offer(last.Subtree, last, _displaced);
            while (_tree.TryTakePair(last.Subtree, out var left, out var right))
            {
                last = left!.Add(right!, element);
                _tree.Returned(last.Subtree, last, _displaced);
            }
        }
        var root = _tree.Complete!;
        _tree.Clear(_displaced);
        _displaced.Clear();
        return root;
    }

    private GradientSum Aggregate(IReadOnlyList<GradientSum> gradients)
    {
        var root = _aggregator!.Aggregate(gradients, _plan.ShardCount, _pool.Rent(), _plan.ElementOf(Pass.MiniBatch));
        foreach (var leaf in gradients) leaf.Values.Release();
        return root;
    }

    /// <summary>By the global norm: the slices' squared norms, in their order.</summary>
    private double ClipFactor(GradientSum root)
    {
        double max = _plan.Job.Optimizer.ClipNorm, squared = 0, scale = 1.0 / Math.Max(1, root.Count);
        if (max <= 0) return 1;
        for (int slice = 0; slice < _slices.Length; slice++)
        {
            squared += VectorKernels.SquaredNorm(Range(root, slice)) * scale * scale;
        }
        return GradientClip.Factor(Math.Sqrt(squared), max);
    }

    private Span<float> Range(GradientSum root, int slice) =>
        root.Values.Span[_plan.SliceStarts[slice].._plan.SliceStarts[slice + 1]];

    private void CopyTo(Span<float> parameters)
    {
        for (int slice = 0; slice < _slices.Length; slice++)
        {
            _slices[slice].Parameters.CopyTo(parameters[_plan.SliceStarts[slice]..]);
        }
    }
}
