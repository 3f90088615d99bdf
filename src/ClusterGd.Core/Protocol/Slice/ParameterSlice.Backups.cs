namespace ClusterGd.Core.Protocol;

/// <summary>
/// A host makes no update before its backups have made the one before: each is one behind at most, and whatever it
/// lacks when the host dies, the nodes can still compute.
/// </summary>
public sealed partial class ParameterSlice
{
    private protected override bool IsAtRest => Step == Limit || IsFinal;

    private protected override bool IsNewer(SliceState state) => state.Step >= Step;

    private protected override void Follow(SliceUpdate update)
    {
        var sum = update.Sum!;
        if (Clips) RememberNorm(sum);
        Apply(sum, update.ClipFactor);
        ForgetParts();
    }

    private protected override void BackupCame(BackupStep backup, bool isNew, Outbox outbox)
    {
        // Where it says so again, the update has been lost.
        SendMissing(backup.Node, outbox);
        if (Step < Limit) TryUpdate(outbox);
        else if (Step == Limit && Step != Directive!.EvaluateAt) ReachLimit(outbox);
    }

    /// <summary>Shards that have moved are computed once more where they are now.</summary>
    private protected override void LayoutFollowed(Layout? before, Outbox outbox)
    {
        if (before is not null && before.Term != Directive!.Layout.Term) ExpectSecondAnswers();
    }

    /// <summary>
    /// Nobody should have to wait: who lacks what the host before published last gets it, and what was sent to the host
    /// before is asked for.
    /// </summary>
    private protected override void TakeOver(bool isFirst, Outbox outbox)
    {
        if (isFirst) return;
        // The host before may have died of the very update that it should have told of.
        if (HasDiverged("", _updater.Parameters, Kernels.ElementType.Float32, Step, outbox)) return;
        Publish(outbox);
        _arrivals.Begin(Now);
        _takenOverAt = Step;
        if (Step >= Limit) return;
        RequestGradient(outbox);
        if (Clips) RequestNorms(outbox);
    }

    private protected override SliceState Export(SliceState state) => _updater.Export(state with
    {
        Statistics = _statistics, LastGradient = _lastGradient, LastSquaredNorm = NormOf(Step - 1)?.SquaredNorm,
    });

    private protected override void TakeState(SliceState state)
    {
        _step = state.Step;
        ShardsCounted = state.Step * Plan.ShardCount;
        _stepLoss = state.StepLoss;
        _statistics = state.Statistics;
        _lastGradient = state.LastGradient;
        if (state.LastSquaredNorm is { } squared) _lastNorm = new SliceNorm(Index, Step - 1, squared);
        _updater.Import(state);
        ForgetParts();
    }
}
