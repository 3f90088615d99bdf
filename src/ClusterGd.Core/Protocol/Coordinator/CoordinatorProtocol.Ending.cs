using System.Collections.Immutable;
using ClusterGd.Core.Convergence;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// The end of a run: which parameters are its result. Those of the best evaluation where a criterion keeps them,
/// whatever has ended the run; of a run that has diverged otherwise those of the last evaluation with a finite loss,
/// which every slice still has; otherwise the last ones.
/// </summary>
public sealed partial class CoordinatorProtocol
{
    /// <summary>A loss or parameter is not finite, or bits are wrong.</summary>
    public void Handle(Divergence divergence, TimeSpan now, Outbox outbox)
    {
        if (_phase == Phase.Ended) return;
        if (divergence.End != RunEnd.Diverged) Conclude(divergence.End, divergence.What, outbox);
        // Elsewhere no step is made: it is of before, and is told again once its step is made again.
        else if (_phase is Phase.Training or Phase.Holding or Phase.Draining)
        {
            FinishDiverged(divergence.Step, divergence.What, now, outbox);
        }
    }

    private void Finish(
        RunEnd end, string reason, Evaluation evaluation, TimeSpan now, Outbox outbox)
    {
        long step = evaluation.Step, best = _rules.BestStep;
        bool restoresBest = best >= 0 && best != step;
        End(new RunEnding(end, reason, restoresBest, step, restoresBest ? best : step, step), evaluation, now, outbox);
    }

    /// <summary>
    /// Slices leave their steps, which may differ by one, for the parameters of an evaluation before.
    /// </summary>
    private void FinishDiverged(long step, string reason, TimeSpan now, Outbox outbox)
    {
        // Of the step itself the training loss may be finite where that of a row is not.
        long finite = _history.LastOrDefault(e => e.Step != step && double.IsFinite(e.TrainLoss))?.Step ?? 0;
        long best = _rules.BestStep;
        _interruptedAt = null;
        End(
            new RunEnding(RunEnd.Diverged, reason, best >= 0, _directive.EvaluateAt, best >= 0 ? best : finite, step),
            _history.LastOrDefault(), now, outbox);
    }

    private void End(RunEnding ending, Evaluation? last, TimeSpan now, Outbox outbox)
    {
        Enter(Phase.Finishing, now);
        BeginRound(now, ending.Step, isFinal: true, _plan.Data.Sets, fullPass: false);
        Send(WithMissing(_directive with
        {
            Ending = ending, Limit = ending.Step, EvaluateAt = ending.Step, KeepBestStep = null, HasFullPass = false,
            IsHeld = false, Next = null, Last = last, CheckpointAt = ending.IsDiverged ? null : _directive.CheckpointAt,
        }), now, outbox);
    }

    /// <summary>An observer has the result.</summary>
    public void Handle(ResultReceived received, Outbox outbox)
    {
        if (received.Generation == _directive.Layout.Generation) ObserverDone(received.Observer, outbox);
    }

    /// <summary>An observer needs nothing any more, or is gone.</summary>
    public void ObserverDone(string observer, Outbox outbox)
    {
        _observersDone.Add(observer);
        TryEnd(outbox);
    }

    private void TryEnd(Outbox outbox)
    {
        if (_phase != Phase.Finishing || _result is null || !_settings.Observers.All(_observersDone.Contains)) return;
        var ending = _directive.Ending!;
        outbox.Do(new CoordinatorEffect.End(
            Outcome(ending.End, true, ending.Reason, _result, ending.EndedAt, ending.KeptStep)));
        _phase = Phase.Ended;
    }

    /// <summary>Ends at once, without a result that could be used.</summary>
    private void Conclude(RunEnd end, string reason, Outbox outbox)
    {
        long step = _history.Count > 0 ? _history[^1].Step : 0;
        outbox.Do(new CoordinatorEffect.End(
            Outcome(end, false, reason, _history.Count > 0 ? _history[^1] : null, step, step)));
        _phase = Phase.Ended;
    }

    private RunOutcome Outcome(
        RunEnd end, bool hasParameters, string reason, Evaluation? last, long step, long keptStep) => new(
            end, hasParameters, reason, step, _plan.Shards.EpochOf(step), last?.TrainLoss ?? double.NaN,
            last?.Metrics ?? ImmutableSortedDictionary<string, double>.Empty, [.. _history], keptStep)
        {
            ValidationMetrics = last?.ValidationMetrics ?? ImmutableSortedDictionary<string, double>.Empty,
        };
}
