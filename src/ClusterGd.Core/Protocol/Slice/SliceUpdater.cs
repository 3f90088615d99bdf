using ClusterGd.Core.Data;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Optimizers;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// The numbers of a slice: its parameters, its optimizer state, and the update over its penalty runs.
/// </summary>
internal sealed class SliceUpdater
{
    private readonly TrainingPlan _plan;
    private readonly AlignedFloats _parameters, _slot0, _slot1;
    private readonly float[] _marked;
    private readonly (int First, int Length, bool IsPenalised)[] _runs;
    private bool _isMarked;

    public SliceUpdater(TrainingPlan plan, int first, ReadOnlySpan<float> initial)
    {
        _plan = plan;
        _parameters = new AlignedFloats(initial.Length);
        initial.CopyTo(_parameters.Span);
        _slot0 = new AlignedFloats(plan.UpdateRule.SlotCount > 0 ? initial.Length : 0);
        _slot1 = new AlignedFloats(plan.UpdateRule.SlotCount > 1 ? initial.Length : 0);
        _marked = initial.ToArray();
        _runs = [.. plan.PenaltyRuns(first, first + initial.Length)
            .Select(run => (run.First - first, run.End - run.First, run.IsPenalised))];
    }

    public ReadOnlySpan<float> Parameters => _parameters.Span;

    /// <summary>Of the last update.</summary>
    public double LearningRate { get; private set; }

    /// <summary>Makes update number <paramref name="step"/> + 1 from the sum of gradients.</summary>
    public void Apply(long step, ReadOnlySpan<float> gradientSum, int count, double clipFactor) =>
        Apply(step, gradientSum, count, clipFactor, _plan.LearningRates.At(step + 1));

    /// <summary>The same with another rate than the step's own.</summary>
    public void Apply(
        long step, ReadOnlySpan<float> gradientSum, int count, double clipFactor, float learningRate)
    {
        LearningRate = learningRate;
        var optimizer = _plan.Job.Optimizer;
        var loss = _plan.Job.Loss;
        foreach (var (first, length, isPenalised) in _runs)
        {
            var update = new UpdateStep(
                step + 1, learningRate, (float)(clipFactor / Math.Max(1, count)),
                optimizer.ClipValue > 0 ? (float)optimizer.ClipValue : float.PositiveInfinity,
                isPenalised ? (float)loss.L2 : 0, isPenalised ? (float)loss.L1 : 0);
            _plan.UpdateRule.Apply(
                update, _parameters.Span.Slice(first, length), Part(_slot0, first, length), Part(_slot1, first, length),
                gradientSum.Slice(first, length));
        }
    }

    /// <summary>
    /// The objective's gradient by its squared and maximum norm: the mean, plus L2·w; with L1, the element of the
    /// subdifferential nearest to zero, which is zero exactly at the optimum.
    /// </summary>
    public (double SquaredNorm, double MaxNorm) MeanGradientNorms(ReadOnlySpan<float> gradientSum, int count)
    {
        double squared = 0, max = 0, scale = 1.0 / Math.Max(1, count);
        var w = _parameters.Span;
        foreach (var (first, length, isPenalised) in _runs)
        {
            double l1 = isPenalised ? _plan.Job.Loss.L1 : 0, l2 = isPenalised ? _plan.Job.Loss.L2 : 0;
            for (int i = first; i < first + length; i++)
            {
                double g = gradientSum[i] * scale + l2 * w[i];
                if (w[i] != 0) g += Math.Sign(w[i]) * l1;
                else if (l1 > 0) g = Math.Sign(g) * Math.Max(0, Math.Abs(g) - l1);
                squared += g * g;
                max = Math.Max(max, Math.Abs(g));
            }
        }
        return (squared, max);
    }

    /// <summary>l2/2·‖w‖² + l1·‖w‖₁ over the penalised parameters.</summary>
    public double Penalty()
    {
        double penalty = 0;
        var loss = _plan.Job.Loss;
        foreach (var (first, length, isPenalised) in _runs)
        {
            if (!isPenalised) continue;
            var run = _parameters.Span.Slice(first, length);
            penalty += 0.5 * loss.L2 * VectorKernels.SquaredNorm(run) + loss.L1 * VectorKernels.AbsoluteSum(run);
        }
        return penalty;
    }

    /// <summary>‖w − w at the last mark‖²; NaN where that is the beginning.</summary>
    public double SquaredChangeSinceMark() =>
        _isMarked ? VectorKernels.SquaredDistance(_parameters.Span, _marked) : double.NaN;

    /// <summary>
    /// Remembers the parameters of an evaluation, as the next update is about to leave them: until then those of the
    /// evaluation before are there, for a run that turns out to have diverged.
    /// </summary>
    public void Mark()
    {
        _parameters.Span.CopyTo(_marked);
        _isMarked = true;
    }

    /// <summary>Fills in its part of a slice's state.</summary>
    public SliceState Export(SliceState state) => state with
    {
        Parameters = _parameters.Span.ToArray(), Slot0 = _slot0.Span.ToArray(), Slot1 = _slot1.Span.ToArray(),
        Marked = [.. _marked], LearningRate = LearningRate,
    };

    /// <summary>Goes on from a state; its arrays fit the slice.</summary>
    public void Import(SliceState state)
    {
        state.Parameters.CopyTo(_parameters.Span);
        state.Slot0.CopyTo(_slot0.Span);
        state.Slot1.CopyTo(_slot1.Span);
        // Where the last evaluation is of this very step, the mark is not needed before it is made again.
        _isMarked = state.LastSummary?.Step < state.Step;
        (state.Marked ?? state.Parameters).CopyTo(_marked, 0);
        LearningRate = state.LearningRate;
    }

    public void Restore(ReadOnlySpan<float> parameters) => parameters.CopyTo(_parameters.Span);

    /// <summary>Goes back to the last mark, or the beginning.</summary>
    public void RestoreMark() => Restore(_marked);

    /// <summary>Takes over another's optimizer state.</summary>
    public void RestoreSlots(SliceUpdater other)
    {
        other._slot0.Span.CopyTo(_slot0.Span);
        other._slot1.Span.CopyTo(_slot1.Span);
    }

    private static Span<float> Part(AlignedFloats slot, int first, int length) =>
        slot.Length == 0 ? [] : slot.Span.Slice(first, length);
}
