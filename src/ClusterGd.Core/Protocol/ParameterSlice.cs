using System.Collections.Immutable;
using ClusterGd.Core.Kernels;

namespace ClusterGd.Core.Protocol;

/// <summary>What a slice wants done.</summary>
public abstract record SliceEffect
{
    /// <summary>Send to every node; each becomes an owner of the buffer, and the slice gives up its own share.</summary>
    public sealed record Publish(SlicePublished Message) : SliceEffect;

    /// <summary>Tell the other slices this one's squared norm of the step's mean gradient.</summary>
    public sealed record ShareNorm(SliceNorm Message) : SliceEffect;

    /// <summary>Ask the nodes that host these shards for the step's gradient, again.</summary>
    public sealed record RequestGradient(long Step, Pass Pass, ImmutableArray<int> Shards) : SliceEffect;

    /// <summary>Ask the other slices for their norm of this step, again.</summary>
    public sealed record RequestNorm(long Step) : SliceEffect;

    public sealed record Summarize(SliceSummary Message) : SliceEffect;

    public sealed record ReportGradient(SliceGradient Message) : SliceEffect;

    /// <summary>A parameter became NaN or infinite.</summary>
    public sealed record Diverged(long Step, int Parameter, float Value) : SliceEffect;
}

/// <summary>A slice's part of the squared norm of a step's mean gradient, for clipping by the global norm.</summary>
public sealed record SliceNorm(int Slice, long Step, double SquaredNorm);

/// <summary>
/// The parameter server's share: a contiguous range of the parameters with its optimizer state. It reduces the shards'
/// gradients of a step, updates once they are all there, and publishes. Pure: no clock, no sending. One owner.
/// </summary>
public sealed class ParameterSlice
{
    private readonly TrainingPlan _plan;
    private readonly int _index, _first, _length;
    private readonly SliceUpdater _updater;
    private readonly FloatPool _pool;
    private readonly ReductionTree<GradientSum> _steps, _fullPass;
    private readonly double[] _norms;
    private readonly List<GradientSum> _displaced = [];
    private readonly TimeSpan _retryInterval;
    private SliceStatistics _statistics;
    private SliceNorm? _lastNorm, _previousNorm;
    private long _limit, _directiveSequence = -1;
    private bool _hasFullPassAtLimit, _isInFullPass;
    private SliceSummary? _lastSummary;
    private SliceGradient? _lastGradient;
    private double _stepLoss = double.NaN;
    private bool _isFinal, _hasDiverged;
    private TimeSpan _lastProgress;
    private float[]? _best;

    /// <param name="initial">The whole parameter vector at step 0; read only.</param>
    /// <param name="retryInterval">Time without progress after which what is missing is asked for again.</param>
    public ParameterSlice(TrainingPlan plan, int index, ReadOnlySpan<float> initial, TimeSpan retryInterval)
    {
        _plan = plan;
        _index = index;
        _first = plan.SliceStarts[index];
        _length = plan.SliceStarts[index + 1] - _first;
        _updater = new SliceUpdater(plan, _first, initial.Slice(_first, _length));
        _pool = new FloatPool(_length);
        _steps = new ReductionTree<GradientSum>(plan.ShardCount);
        _fullPass = new ReductionTree<GradientSum>(plan.ShardCount);
        _norms = new double[plan.SliceCount];
        _retryInterval = retryInterval;
        ForgetNorms();
    }

    /// <summary>Updates made.</summary>
    public long Step { get; private set; }

    /// <summary>Shards' gradients counted into updates: steps × shards, whatever came twice or late.</summary>
    public long ShardsCounted { get; private set; }

    public ReadOnlySpan<float> Parameters => _updater.Parameters;

    /// <summary>Publishes the present parameters: at the start, and when a node asks again.</summary>
    public void Publish(List<SliceEffect> effects) => effects.Add(new SliceEffect.Publish(Snapshot()));

    /// <summary>What the coordinator wants: idempotent, so it may come twice, late or out of order.</summary>
    public void Handle(RunDirective directive, TimeSpan now, List<SliceEffect> effects)
    {
        if (directive.Sequence < _directiveSequence || _hasDiverged) return;
        _directiveSequence = directive.Sequence;
        if (directive.KeepBestStep == Step && !_isFinal) KeepBest();
        if (directive.IsFinishing)
        {
            if (directive.Limit == Step) Finish(directive.RestoreBest, effects);
            return;
        }
        if (directive.Limit > _limit) _lastProgress = now;
        _limit = directive.Limit;
        if (directive.HasFullPass && _limit == Step) BeginFullPass(effects);
        if (_limit == Step) Summarize(effects);
        else if (_steps.Complete is not null) Reduced(effects);
        _hasFullPassAtLimit = directive.HasFullPass;
    }

    /// <summary>Takes over the part; releases it when it is of no use.</summary>
    public void Handle(GradientPart part, TimeSpan now, List<SliceEffect> effects)
    {
        var tree = part.Sum.Pass == Pass.MiniBatch ? _steps : _fullPass;
        // A part may come before the directive that allows the step: it waits in the tree.
        bool isCurrent = part.Sum.Step == Step && !_isFinal && !_hasDiverged
            && !(part.Sum.Pass == Pass.Full && _lastGradient?.Step == Step);
        if (!isCurrent || !tree.Offer(part.Sum.Subtree, part.Sum, _displaced))
        {
            part.Sum.Values.Release();
            return;
        }
        _lastProgress = now;
        var last = part.Sum;
        while (tree.TryTakePair(last.Subtree, out var left, out var right))
        {
            last = AddRange(left!, right!);
            tree.Returned(last.Subtree, last, _displaced);
        }
        ReleaseDisplaced();
        if (tree.Complete is null) return;
        if (part.Sum.Pass == Pass.Full) MeasureFullPass(effects);
        else if (Step < _limit) Reduced(effects);
    }

    /// <summary>Another slice's norm. Its answer is due even where this slice is already a step further.</summary>
    public void Handle(SliceNorm norm, List<SliceEffect> effects)
    {
        if (norm.Step != Step || _isFinal) return;
        _norms[norm.Slice] = norm.SquaredNorm;
        TryClipAndUpdate(effects);
    }

    /// <summary>A slice that lacks this one's norm of a step asks again.</summary>
    public void AnswerNorm(long step, List<SliceEffect> effects)
    {
        if (_lastNorm is { } norm && norm.Step == step) effects.Add(new SliceEffect.ShareNorm(norm));
        else if (_previousNorm is { } previous && previous.Step == step) effects.Add(new SliceEffect.ShareNorm(previous));
    }

    /// <summary>Asks again for what has been missing for long.</summary>
    public void Tick(TimeSpan now, List<SliceEffect> effects)
    {
        if (_isFinal || _hasDiverged || now - _lastProgress < _retryInterval) return;
        _lastProgress = now;
        if (_isInFullPass)
        {
            effects.Add(new SliceEffect.RequestGradient(Step, Pass.Full, [.. _fullPass.MissingShards()]));
        }
        if (Step >= _limit) return;
        if (_steps.Complete is not null) effects.Add(new SliceEffect.RequestNorm(Step));
        else effects.Add(new SliceEffect.RequestGradient(Step, Pass.MiniBatch, [.. _steps.MissingShards()]));
    }

    /// <summary>All shards are in: update, or first agree on the norm.</summary>
    private void Reduced(List<SliceEffect> effects)
    {
        if (_plan.Job.Optimizer.ClipNorm > 0) ShareNorm(effects);
        else Update(1, effects);
    }

    /// <summary>Expects a full pass over the rows at the present parameters.</summary>
    private void BeginFullPass(List<SliceEffect> effects)
    {
        if (_lastGradient is { } known && known.Step == Step)
        {
            effects.Add(new SliceEffect.ReportGradient(known));
            return;
        }
        _isInFullPass = true;
    }

    private void KeepBest()
    {
        _best ??= new float[_length];
        _updater.Parameters.CopyTo(_best);
    }

    private void Finish(bool restoreBest, List<SliceEffect> effects)
    {
        if (!_isFinal)
        {
            if (restoreBest && _best is not null) _updater.Restore(_best);
            _isFinal = true;
            Publish(effects);
        }
        Summarize(effects);
    }

    private void ShareNorm(List<SliceEffect> effects)
    {
        var root = _steps.Complete!;
        double scale = 1.0 / Math.Max(1, root.Count);
        double norm = VectorKernels.SquaredNorm(Range(root)) * scale * scale;
        _previousNorm = _lastNorm;
        _lastNorm = new SliceNorm(_index, Step, norm);
        _norms[_index] = norm;
        if (_plan.SliceCount > 1) effects.Add(new SliceEffect.ShareNorm(_lastNorm));
        TryClipAndUpdate(effects);
    }

    private void TryClipAndUpdate(List<SliceEffect> effects)
    {
        if (_steps.Complete is null || _norms.Any(double.IsNegative)) return;
        double squaredNorm = 0;
        foreach (double norm in _norms) squaredNorm += norm;
        Update(Optimizers.GradientClip.Factor(Math.Sqrt(squaredNorm), _plan.Job.Optimizer.ClipNorm), effects);
    }

    private void Update(double clipFactor, List<SliceEffect> effects)
    {
        var root = _steps.Complete!;
        var gradient = Range(root);
        if (_plan.Rules.Needs.HasFlag(Convergence.EvaluationNeeds.GradientNoise))
        {
            double scale = 1.0 / Math.Max(1, root.Count);
            _statistics.StepSquaredNormSum += VectorKernels.SquaredNorm(gradient) * scale * scale;
        }
        _updater.Apply(Step, gradient, root.Count, clipFactor);
        _statistics.Add(root);
        _stepLoss = root.LossSum / Math.Max(1, root.Count);
        _steps.Clear(_displaced);
        ReleaseDisplaced();
        ForgetNorms();
        Step++;
        ShardsCounted += _plan.ShardCount;
        if (!VectorKernels.IsAllFinite(_updater.Parameters))
        {
            _hasDiverged = true;
            int bad = 0;
            while (float.IsFinite(_updater.Parameters[bad])) bad++;
            effects.Add(new SliceEffect.Diverged(Step, _first + bad, _updater.Parameters[bad]));
            return;
        }
        Publish(effects);
        if (Step == _limit)
        {
            if (_hasFullPassAtLimit) BeginFullPass(effects);
            Summarize(effects);
        }
    }

    private void MeasureFullPass(List<SliceEffect> effects)
    {
        var root = _fullPass.Complete!;
        var (squaredNorm, maxNorm) = _updater.MeanGradientNorms(Range(root), root.Count);
        _lastGradient = new SliceGradient(_index, Step, root.LossSum, root.Count, squaredNorm, maxNorm);
        _fullPass.Clear(_displaced);
        ReleaseDisplaced();
        _isInFullPass = false;
        effects.Add(new SliceEffect.ReportGradient(_lastGradient));
    }

    /// <summary>The summary of the present step: made once, and repeated when asked for again.</summary>
    private void Summarize(List<SliceEffect> effects)
    {
        if (_lastSummary is not { } known || known.Step != Step || known.IsFinal != _isFinal)
        {
            _lastSummary = new SliceSummary(
                _index, Step, _isFinal, _statistics.LossSum, _statistics.RowCount,
                VectorKernels.SquaredNorm(_updater.Parameters), _updater.SquaredChangeSinceMark(), _updater.Penalty(),
                _updater.LearningRate, _statistics.NoiseSum, _statistics.LeafCount, _statistics.StepSquaredNormSum,
                _statistics.StepCount);
            if (!_isFinal)
            {
                _statistics = default;
                _updater.Mark();
            }
        }
        effects.Add(new SliceEffect.Summarize(_lastSummary));
    }

    private SlicePublished Snapshot()
    {
        var copy = _pool.Rent();
        _updater.Parameters.CopyTo(copy.Span);
        return new SlicePublished(_index, Step, _isFinal, _stepLoss, copy);
    }

    /// <summary>left + right over this slice's range only: other slices own the rest of the same buffers.</summary>
    private GradientSum AddRange(GradientSum left, GradientSum right)
    {
        VectorKernels.Add(Range(left), Range(right));
        right.Values.Release();
        return left.Combined(right);
    }

    private Span<float> Range(GradientSum sum) => sum.Values.Span.Slice(_first, _length);

    private void ForgetNorms() => Array.Fill(_norms, -1);

    private void ReleaseDisplaced()
    {
        foreach (var sum in _displaced) sum.Values.Release();
        _displaced.Clear();
    }
}

/// <summary>What a slice adds up between two evaluations.</summary>
internal struct SliceStatistics
{
    public double LossSum, NoiseSum, StepSquaredNormSum;
    public long RowCount, LeafCount, StepCount;

    public void Add(GradientSum root)
    {
        LossSum += root.LossSum;
        RowCount += root.Count;
        NoiseSum += root.NoiseSum;
        LeafCount += root.LeafCount;
        StepCount++;
    }
}
