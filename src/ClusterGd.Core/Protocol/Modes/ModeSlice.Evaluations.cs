using System.Collections.Immutable;

namespace ClusterGd.Core.Protocol;

/// <summary>What is due where it stands at the coordinator's limit: as of a slice of synchronous steps.</summary>
public sealed partial class ModeSlice
{
    /// <summary>Lines of the order for who keeps it: those that no death can undo.</summary>
    public void Handle(OrderRequest request, Outbox outbox)
    {
        if (!IsServing || request.From < 0 || request.From > _committed) return;
        int count = Math.Min(_committed - request.From, OrderPart.LinesMax);
        outbox.Send(RoleAddress.OfNode(request.Node), new OrderPart(
            _generation, request.From, [.. _server.Log.Skip(request.From).Take(count)], _committed, _isFinal,
            _server.Staleness.ToImmutableSortedDictionary(), _server.DroppedCount));
    }

    private void ReachLimit(Outbox outbox)
    {
        if (_directive!.IsFinishing && !_isFinal)
        {
            TakeKept(_directive.Ending!);
            _isFinal = true;
        }
        if (_published != (Step, _isFinal))
        {
            _published = (Step, _isFinal);
            Snapshot().SendTo(_directive!.Layout, outbox);
        }
        if (Step == _directive.EvaluateAt) Summarize(outbox);
        else outbox.Send(RoleAddress.Coordinator, new SliceReached(0, Step, _generation));
    }

    private void TakeKept(RunEnding ending)
    {
        if (Step == ending.KeptStep && _server.IsStopped) return;
        if (!ending.RestoresBest) _server.RestoreMark();
        else if (_best is not null) _server.Restore(_best);
    }

    /// <summary>A run that has diverged ends wherever its server is.</summary>
    private bool TryFinishDiverged(Outbox outbox)
    {
        if (_directive!.Ending is not { IsDiverged: true } ending) return false;
        _divergence = null;
        if (!_isFinal)
        {
            TakeKept(ending);
            _server.EndAt(ending.Step);
            _committed = _server.Log.Count;
            _isFinal = true;
        }
        if (_published != (Step, true)) Snapshot().SendTo(_directive!.Layout, outbox);
        _published = (Step, true);
        Summarize(outbox);
        return true;
    }

    /// <summary>
    /// The present parameters have been evaluated: sums begin anew, and they may be the best. The host may have died
    /// that was asked for its summary, and its successor is told no more than the directive says.
    /// </summary>
    private void KnowIfEvaluated()
    {
        if (_isFinal || _server.Version != _server.VersionAt(Step)) return;
        if (_directive!.Last?.Step == Step && _lastSummary?.Step != Step) Summarize();
        if (_directive.KeepBestStep == Step) KeepBest();
    }

    private void KeepBest() => _best = _server.Parameters();

    /// <summary>The summary of the present step: made once, and repeated when asked for again.</summary>
    private void Summarize(Outbox outbox)
    {
        if (_lastSummary is not { } known || known.Step != Step || known.IsFinal != _isFinal) Summarize();
        outbox.Send(RoleAddress.Coordinator, new SliceReport(_generation, _lastSummary!));
    }

    private void Summarize()
    {
        var statistics = _server.Statistics;
        // Steps may be closer together than updates: nothing has been counted then, and the last sums still hold.
        bool isSame = statistics.RowCount == 0 && _lastSummary is not null;
        double lossSum = isSame ? _lastSummary!.LossSum : statistics.LossSum;
        long rows = isSame ? _lastSummary!.RowCount : statistics.RowCount;
        _lastSummary = new SliceSummary(
            0, Step, _isFinal, lossSum, rows, _server.SquaredNorm(), _server.SquaredChangeSinceMark(),
            _server.Penalty(), _server.LearningRate, 0, 0, 0, statistics.StepCount);
        if (!_isFinal) _server.ResetStatistics();
    }

    /// <summary>Copies the state where one is wanted, before an evaluation begins: see ParameterSlice.</summary>
    private void CheckpointIfDue(Outbox outbox)
    {
        bool isDue = Step == _directive!.CheckpointAt
            || _plan.Job.Checkpoint.EverySteps is > 0 and var every && Step > 0 && Step % every == 0;
        if (!isDue || _checkpoint is not null || _isFinal) return;
        if (_lastSummary is { } last && !_plan.IsEvaluation(last.Step)) return;
        _checkpoint = Export();
        _checkpoint.SendToKeepers(_directive!.Layout, outbox);
    }

    private SliceState Bare() => new()
    {
        Slice = 0, Step = Step, IsFinal = _isFinal, StepLoss = double.NaN, Statistics = default, Best = _best,
        LastSummary = _lastSummary,
    };

    private SliceState Export() => _server.Export(Bare());

    private void Import(SliceState state)
    {
        _checkpoint = null;
        _isFinal = state.IsFinal;
        _best = state.Best;
        _lastSummary = state.LastSummary;
        _server.Import(state);
    }
}
