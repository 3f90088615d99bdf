using ClusterGd.Core.Reduction;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// A slice's backups make each of its updates as well, so that one of them can go on in its place with the same bits.
/// A host that lives on although another has taken over does no harm: it can only say what the other says.
/// </summary>
public sealed partial class ParameterSlice
{
    private SliceBackup? Backup => _directive?.Layout.BackupAt(_index, _node);

    /// <summary>
    /// Sends all that it knows to a node that takes it over, which needs a limit, where nothing is under way; or to a
    /// backup; or, of a checkpoint, to an observer.
    /// </summary>
    public void HandOver(string node, Outbox outbox)
    {
        if (_directive?.Layout.Observers.Contains(node) == true)
        {
            if (_checkpoint is { } saved) outbox.Send(RoleAddress.OfNode(node), saved);
            return;
        }
        bool isForBackup = IsServing && _directive!.Layout.BackupAt(_index, node) is not null;
        if (Step == _limit || _isFinal || isForBackup) outbox.Send(RoleAddress.OfNode(node), Export());
    }

    /// <summary>A backup that has fallen behind gets its host's state.</summary>
    public void Restore(SliceState state, Outbox outbox)
    {
        if (Backup is null || state.Step < Step) return;
        Import(state);
        ReportBackup(outbox);
    }

    /// <summary>What a backup says of itself to the host.</summary>
    public void Handle(BackupStep backup, Outbox outbox)
    {
        if (!IsServing || backup.Generation != _generation || _divergence is not null
            || _directive!.Layout.BackupAt(_index, backup.Node) is null)
        {
            return;
        }
        if (!_backups.Acknowledge(backup.Node, backup.Step, Step))
        {
            outbox.Send(RoleAddress.OfNode(backup.Node), Export());
            return;
        }
        if (!backup.IsCounted)
        {
            outbox.Send(RoleAddress.OfSlice(_index, backup.Node), new BackupCounted(_index, _directive.Layout.Term));
        }
        if (backup.Step < Step) SendUpdate([backup.Node], outbox);
        if (Step < _limit) TryUpdate(outbox);
        else if (Step == _limit && Step != _evaluateAt) ReachLimit(outbox);
    }

    /// <summary>The host counts this backup.</summary>
    public void Handle(BackupCounted counted)
    {
        bool isNew = Backup is { } self && counted.Term >= self.Since && !(BackupTerm >= counted.Term);
        if (isNew) BackupTerm = counted.Term;
    }

    /// <summary>The host's update, to be made here too. Releases its buffer.</summary>
    public void Handle(SliceUpdate update, TimeSpan now, Outbox outbox)
    {
        if (Backup is not null && update.Generation == _generation && !_isFinal)
        {
            if (update.Sum.Step == Step) Follow(update);
            _lastProgress = now;
            ReportBackup(outbox);
        }
        update.Sum.Values.Release();
    }

    private void Follow(SliceUpdate update)
    {
        if (update.FollowsEvaluation && _lastSummary?.Step != Step) Summarize();
        if (update.FollowsBest) KeepBest();
        if (Clips) RememberNorm(update.Sum);
        Apply(update.Sum, update.ClipFactor);
        ForgetParts();
    }

    private void ReportBackup(Outbox outbox) => outbox.Send(
        RoleAddress.OfSlice(_index, _directive!.Layout.SliceHosts[_index]),
        new BackupStep(_index, _node, _generation, Step, BackupTerm is not null));

    /// <summary>What another layout means for host and backups.</summary>
    private void FollowLayout(string? hostBefore, Outbox outbox)
    {
        var layout = _directive!.Layout;
        // Shards that have moved are computed once more where they are now.
        if (hostBefore is not null && _termFollowed != layout.Term) ExpectSecondAnswers();
        _termFollowed = layout.Term;
        bool isNewHost = hostBefore != layout.SliceHosts[_index];
        if (BackupTerm < (Backup?.Since ?? long.MaxValue)) BackupTerm = null;
        if (IsServing)
        {
            _backups.Follow(layout.SliceBackups[_index]);
            if (isNewHost && hostBefore is not null && !_isFinal) TakeOver(outbox);
        }
        else
        {
            _backups.Follow([]);
            if (Backup is not null && (isNewHost || BackupTerm is null)) ReportBackup(outbox);
        }
    }

    /// <summary>
    /// Nobody should have to wait: who lacks what the host before published last gets it, and what was sent to the host
    /// before is asked for.
    /// </summary>
    private void TakeOver(Outbox outbox)
    {
        // The host before may have died of the very update that it should have told of.
        if (HasDiverged("", _updater.Parameters, Kernels.ElementType.Float32, Step, outbox)) return;
        Publish(outbox);
        _arrivals.Begin(_now);
        _takenOverAt = Step;
        if (Step >= _limit) return;
        RequestGradient(outbox);
        if (Clips) RequestNorms(outbox);
    }

    private void KeepForBackups(GradientSum root, double clipFactor)
    {
        if (!_backups.Any) return;
        root.Values.Retain();
        _backups.Keep(new SliceUpdate(
            _index, _generation, root, clipFactor, _lastSummary?.Step == Step, _directive!.KeepBestStep == Step));
    }

    private void SendUpdate(IEnumerable<string> nodes, Outbox outbox)
    {
        if (_backups.Last is not { } update) return;
        foreach (string node in nodes)
        {
            update.Sum.Values.Retain();
            outbox.Send(RoleAddress.OfSlice(_index, node), update);
        }
    }

    private SliceState Export()
    {
        var state = new SliceState
        {
            Slice = _index, Step = Step, IsFinal = _isFinal, StepLoss = _stepLoss, Statistics = _statistics,
            Best = _best?.ToArray(), LastSummary = _lastSummary, LastGradient = _lastGradient,
            LastSquaredNorm = NormOf(Step - 1)?.SquaredNorm,
        };
        return _updater.Export(state);
    }

    private void Import(SliceState state)
    {
        Step = state.Step;
        _checkpoint = null;
        ShardsCounted = state.Step * _plan.ShardCount;
        _isFinal = state.IsFinal;
        _stepLoss = state.StepLoss;
        _statistics = state.Statistics;
        _best = state.Best?.ToArray();
        _lastSummary = state.LastSummary;
        _lastGradient = state.LastGradient;
        if (state.LastSquaredNorm is { } squared) _lastNorm = new SliceNorm(_index, Step - 1, squared);
        _updater.Import(state);
        ForgetParts();
    }
}
