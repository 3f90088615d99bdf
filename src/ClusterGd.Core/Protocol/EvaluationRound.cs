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
    private readonly MetricSums?[] _train = new MetricSums?[plan.ShardCount];
    private readonly MetricSums?[] _test = new MetricSums?[plan.ShardCount];
    private long _step = -1;
    private bool _isFinal, _needsTrain, _needsTest, _needsFullPass, _isDone = true;

    /// <summary>Expects the parts of an evaluation at a step; those of earlier ones no longer count.</summary>
    public void Begin(long step, bool isFinal, bool train, bool test, bool fullPass)
    {
        Array.Clear(_summaries);
        Array.Clear(_gradients);
        Array.Clear(_train);
        Array.Clear(_test);
        (_step, _isFinal, _isDone) = (step, isFinal, false);
        (_needsTrain, _needsTest, _needsFullPass) = (train, test, fullPass);
    }

    /// <summary>Expects nothing.</summary>
    public void Cancel() => Begin(-1, isFinal: false, train: false, test: false, fullPass: false);

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
        (part.Set == RowSet.Train ? _train : _test)[part.Shard] ??= part.Sums;
        return IsComplete();
    }

    /// <summary>The shards whose part of a row set is needed and has not come.</summary>
    public ImmutableArray<int> Missing(RowSet set)
    {
        if (_isDone || !(set == RowSet.Train ? _needsTrain : _needsTest)) return [];
        var parts = set == RowSet.Train ? _train : _test;
        return [.. Enumerable.Range(0, parts.Length).Where(shard => parts[shard] is null)];
    }

    /// <summary>What has not come, for a person who wonders.</summary>
    public string Describe()
    {
        var missing = new List<string>();
        Name(missing, "slice", _summaries, true);
        Name(missing, "full gradient of slice", _gradients, _needsFullPass);
        Name(missing, "evaluation of train shard", _train, _needsTrain);
        Name(missing, "evaluation of test shard", _test, _needsTest);
        return $"{string.Join(", ", missing)} at step {_step}";
    }

    private static void Name<T>(List<string> missing, string what, T?[] parts, bool isNeeded) where T : class
    {
        var indices = Enumerable.Range(0, isNeeded ? parts.Length : 0).Where(i => parts[i] is null).ToList();
        if (indices.Count > 0) missing.Add($"{what} {string.Join(' ', indices)}");
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
        var train = _needsTrain ? Sum(_train) : null;
        var measured = _needsTest ? Sum(_test) : train;
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
            Metrics = measured is null
                ? ImmutableSortedDictionary<string, double>.Empty
                : Metrics.Metrics.Of(measured, plan.Data.Schema.TargetKind),
            LearningRate = first.LearningRate,
            Counted = Counted(),
            Elapsed = elapsed,
        };
    }

    private bool IsComplete()
    {
        if (_isDone || _summaries.Contains(null)) return false;
        if (_needsFullPass && _gradients.Contains(null)) return false;
        if (_needsTrain && _train.Contains(null)) return false;
        if (_needsTest && _test.Contains(null)) return false;
        return _isDone = true;
    }

    private ImmutableArray<StepsCounted> Counted()
    {
        var all = _summaries.Select(s => new StepsCounted(s!.StepCount, s.RowCount, s.Digest)).ToImmutableArray();
        return all.All(counted => counted == all[0]) ? [all[0]] : all;
    }

    private static MetricSums Sum(MetricSums?[] parts)
    {
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
    private static (double SquaredNorm, double Noise) Noise(SliceSummary first, double stepSquaredNormSum)
    {
        if (first.LeafCount == 0 || first.StepCount == 0) return (double.NaN, double.NaN);
        double small = first.NoiseSum / first.LeafCount, big = stepSquaredNormSum / first.StepCount;
        double rowsSmall = (double)first.RowCount / first.LeafCount, rowsBig = (double)first.RowCount / first.StepCount;
        var (_, variance) = GradientNoise.Estimate(small, big, rowsSmall, rowsBig);
        return (big, variance / rowsBig);
    }
}
