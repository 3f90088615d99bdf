using ClusterGd.Core.Kernels;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// What a slice does at an evaluation, what it keeps of it, and how it ends. It has the parameters of the best
/// evaluation and of the last one that it has left (the updater's mark), and takes up either at the end.
/// </summary>
public sealed partial class ParameterSlice
{
    /// <summary>
    /// The present step has been evaluated: sums begin anew, and the parameters may be the best. The host may have died
    /// that was asked for its summary, and its successor is told no more than the directive says.
    /// </summary>
    private void KnowIfEvaluated()
    {
        if (_isFinal) return;
        if (_directive!.Last?.Step == Step && _lastSummary?.Step != Step) Summarize();
        bool isKept = _directive.KeepBestStep == Step
            || _directive.Ending is { RestoresBest: true } ending && ending.KeptStep == Step;
        if (isKept) KeepBest();
    }

    private void KeepBest()
    {
        _best ??= new float[_length];
        _updater.Parameters.CopyTo(_best);
    }

    private void Finish(Outbox outbox)
    {
        if (!_isFinal)
        {
            TakeKept(_directive!.Ending!);
            _isFinal = true;
            Publish(outbox);
        }
        Summarize(outbox);
    }

    private void TakeKept(RunEnding ending)
    {
        if (Step == ending.KeptStep) return;
        if (!ending.RestoresBest) _updater.RestoreMark();
        else if (_best is not null) _updater.Restore(_best);
    }

    /// <summary>
    /// A run that has diverged ends wherever its slices are, as long as that is not before the evaluation whose
    /// parameters are kept: a backup that takes over may have one update to make until there.
    /// </summary>
    private bool TryFinishDiverged(Outbox outbox)
    {
        if (_directive!.Ending is not { IsDiverged: true } ending || Step < ending.KeptStep) return false;
        _divergence = null;
        if (!_isFinal)
        {
            TakeKept(ending);
            Step = ending.Step;
            ForgetParts();
            ForgetNorms();
            _isFinal = true;
            Publish(outbox);
        }
        Summarize(outbox);
        return true;
    }

    /// <summary>The summary of the present step: made once, and repeated when asked for again.</summary>
    private void Summarize(Outbox outbox)
    {
        if (_lastSummary is not { } known || known.Step != Step || known.IsFinal != _isFinal) Summarize();
        outbox.Send(RoleAddress.Coordinator, new SliceReport(_generation, _lastSummary!));
    }

    private void Summarize()
    {
        _lastSummary = new SliceSummary(
            _index, Step, _isFinal, _statistics.LossSum, _statistics.RowCount,
            VectorKernels.SquaredNorm(_updater.Parameters), _updater.SquaredChangeSinceMark(), _updater.Penalty(),
            _updater.LearningRate, _statistics.NoiseSum, _statistics.LeafCount, _statistics.StepSquaredNormSum,
            _statistics.StepCount, _statistics.Digest);
        // Where a run is about to be interrupted it may still go on: then the next evaluation counts all steps.
        if (!_isFinal && _plan.IsEvaluation(Step)) _statistics = default;
    }
}
