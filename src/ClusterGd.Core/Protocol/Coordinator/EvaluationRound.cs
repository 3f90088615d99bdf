using System.Collections.Immutable;
using ClusterGd.Core.Convergence;
using ClusterGd.Core.Data;
using ClusterGd.Core.Metrics;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// Collects the parts of one evaluation from slices and shards, each counted once, and adds them up in the order of
/// their numbers, not of their arrival.
/// </summary>
internal sealed class EvaluationRound(TrainingPlan plan)
{
    private readonly SliceSummary?[] _summaries = new SliceSummary?[plan.SliceCount];
    private readonly SliceGradient?[] _gradients = new SliceGradient?[plan.SliceCount];
    private readonly MetricSums?[][] _parts =
        [.. Enum.GetValues<RowSet>().Select(_ => new MetricSums?[plan.ShardCount])];
    private ImmutableArray<RowSet> _sets = [];
    private long _step = -1;
    private bool _isFinal, _needsFullPass, _isDone = true;

    /// <summary>Expects the parts of an evaluation at a step; those of earlier ones no longer count.</summary>
    public void Begin(long step, bool isFinal, ImmutableArray<RowSet> sets, bool fullPass)
    {
        Array.Clear(_summaries);
        Array.Clear(_gradients);
        foreach (var parts in _parts) Array.Clear(parts);
        (_step, _isFinal, _isDone) = (step, isFinal, false);
        (_sets, _needsFullPass) = (sets, fullPass);
    }

    /// <summary>Expects nothing.</summary>
    public void Cancel() => Begin(-1, isFinal: false, [], fullPass: false);

    /// <summary>True when the part completed the round; so for every Add.</summary>
    public bool Add(SliceSummary summary)
    {
        if (summary.Step != _step || summary.IsFinal != _isFinal) return false;
        _summaries[summary.Slice] ??= summary;
        return IsComplete();
    }

    public bool Add(SliceGradient gradient)
    {
        if (gradient.Step != _step || _isFinal) return false;
        _gradients[gradient.Slice] ??= gradient;
        return IsComplete();
    }

    public bool Add(EvaluationPart part)
    {
        if (part.Step != _step || part.IsFinal != _isFinal) return false;
        _parts[(int)part.Set][part.Shard] ??= part.Sums;
        return IsComplete();
    }

    /// <summary>The shards whose part of a row set is needed and has not come.</summary>
    public ImmutableArray<int> Missing(RowSet set)
    {
        if (_isDone || !_sets.Contains(set)) return [];
        var parts = _parts[(int)set];
        return [.. Enumerable.Range(0, parts.Length).Where(shard => parts[shard] is null)];
    }

    /// <summary>What has not come, for a person who wonders.</summary>
    public string Describe()
    {
        var missing = new List<string>();
        Name(missing, "slice", _summaries, true);
        Name(missing, "full gradient of slice", _gradients, _needsFullPass);
        foreach (var set in _sets) Name(missing, $"evaluation of {set.Name()} shard", _parts[(int)set], true);
        return $"{string.Join(", ", missing)} at step {_step}";
    }

    private static void Name<T>(List<string> missing, string what, T?[] parts, bool isNeeded) where T : class
    {
        var indices = Enumerable.Range(0, isNeeded ? parts.Length : 0).Where(i => parts[i] is null).ToList();
        if (indices.Count > 0) missing.Add($"{what} {LayoutText.Ranges(indices)}");
    }

    /// <summary>The whole, once complete.</summary>
    public Evaluation Evaluate(TimeSpan elapsed)
    {
        var first = _summaries[0]!;
        double penalty = 0, squaredNorm = 0, squaredChange = 0, stepSquaredNorm = 0;
        foreach (var summary in _summaries)
        {
            penalty += summary!.Penalty;
            squaredNorm += summary.SquaredNorm;
            squaredChange += summary.SquaredChange;
            stepSquaredNorm += summary.StepSquaredNormSum;
        }
        MetricSums? train = Sum(RowSet.Train), test = Sum(RowSet.Test);
        double loss = train is not null ? train.Objective : first.LossSum / first.RowCount;
        var (signal, noise) = Noise(first, stepSquaredNorm);
        var (gradientNorm, gradientMaxNorm) = GradientNorms();
        return new Evaluation
        {
            Step = _step,
            Epoch = (int)(_step / plan.Shards.StepsPerEpoch),
            TrainLoss = loss + penalty,
            GradientNorm = gradientNorm,
            GradientMaxNorm = gradientMaxNorm,
            StepGradientSquaredNorm = signal,
            StepGradientNoise = noise,
            ParameterNorm = Math.Sqrt(squaredNorm),
            ParameterChange = Math.Sqrt(squaredChange),
            Metrics = MetricsOf(test ?? train),
            ValidationMetrics = MetricsOf(Sum(RowSet.Validation)),
            TrainMetrics = MetricsOf(plan.Rules.Needs.HasFlag(EvaluationNeeds.TrainMetrics) ? train : null),
            LearningRate = first.LearningRate,
            Counted = Counted(),
            Elapsed = elapsed,
        };
    }

    private bool IsComplete()
    {
        if (_isDone || _summaries.Contains(null)) return false;
        if (_needsFullPass && _gradients.Contains(null)) return false;
        if (_sets.Any(set => _parts[(int)set].Contains(null))) return false;
        return _isDone = true;
    }

    private ImmutableArray<StepsCounted> Counted()
    {
        var all = _summaries.Select(s => new StepsCounted(s!.StepCount, s.RowCount, s.Digest)).ToImmutableArray();
        return all.All(counted => counted == all[0]) ? [all[0]] : all;
    }

    private ImmutableSortedDictionary<string, double> MetricsOf(MetricSums? sums) => sums is null
        ? ImmutableSortedDictionary<string, double>.Empty
        : Metrics.Metrics.Of(sums, plan.Data.Schema.TargetKind);

    /// <summary>Null where the set is not measured.</summary>
    private MetricSums? Sum(RowSet set)
    {
        if (!_sets.Contains(set)) return null;
        var parts = _parts[(int)set];
        var sum = parts[0]!;
        for (int shard = 1; shard < parts.Length; shard++) sum = MetricSums.Add(sum, parts[shard]!);
        return sum;
    }

    private (double Norm, double MaxNorm) GradientNorms()
    {
        if (!_needsFullPass) return (double.NaN, double.NaN);
        double squared = 0, max = 0;
        foreach (var gradient in _gradients)
        {
            squared += gradient!.SquaredNorm;
            max = Math.Max(max, gradient.MaxNorm);
        }
        return (Math.Sqrt(squared), max);
    }

    /// <summary>Mean ‖g‖² of the steps and the noise S/B in it, from the shards' and the steps' norms.</summary>
    private (double SquaredNorm, double Noise) Noise(SliceSummary first, double stepSquaredNormSum)
    {
        // Without a criterion that asks for them the slices add up zeros.
        bool isMeasured = plan.Rules.Needs.HasFlag(EvaluationNeeds.GradientNoise);
        if (!isMeasured || first.LeafCount == 0 || first.StepCount == 0) return (double.NaN, double.NaN);
        double small = first.NoiseSum / first.LeafCount, big = stepSquaredNormSum / first.StepCount;
        double rowsSmall = (double)first.RowCount / first.LeafCount, rowsBig = (double)first.RowCount / first.StepCount;
        var (_, variance) = GradientNoise.Estimate(small, big, rowsSmall, rowsBig);
        return (big, variance / rowsBig);
    }
}
