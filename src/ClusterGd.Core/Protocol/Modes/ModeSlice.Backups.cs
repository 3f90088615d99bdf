namespace ClusterGd.Core.Protocol;

/// <summary>
/// Backups follow by the order of application: each gets every line with its result and feeds a server of its own,
/// which is state machine replication. One that takes over begins a term, in which what the workers have under way is
/// void and given out anew. Nothing is published or saved that a backup lacks; what a host took beyond that dies with
/// it, and nobody has seen it.
/// </summary>
public sealed partial class ModeSlice
{
    private SliceBackup? Backup => _directive?.Layout.BackupAt(0, _node);

    public void HandOver(string node, Outbox outbox)
    {
        if (_directive?.Layout.Observers.Contains(node) == true)
        {
            if (_checkpoint is { } saved) outbox.Send(RoleAddress.OfNode(node), saved);
            return;
        }
        // Between two stops the state has no form that travels: a backup's own word has the server stop for it.
        if (_server.IsStopped) outbox.Send(RoleAddress.OfNode(node), Export());
        else if (IsServing && _directive!.Layout.BackupAt(0, node) is not null) WantState(node, outbox);
    }

    public void Restore(SliceState state, Outbox outbox)
    {
        if (Backup is null || state.Mode is not { } mode) return;
        bool isNewer = mode.Term > _server.Term || mode.Term == _server.Term && mode.Log.Length >= _server.Log.Count;
        if (isNewer) Import(state);
        ReportBackup(outbox);
    }

    public void Handle(BackupStep backup, Outbox outbox)
    {
        if (!IsServing || backup.Generation != _generation || _divergence is not null
            || _directive!.Layout.BackupAt(0, backup.Node) is null)
        {
            return;
        }
        bool isKnown = _backups.Knows(backup.Node);
        if (!_backups.Acknowledge(backup.Node, (int)backup.Step, backup.Term, _server.Term))
        {
            Steer(outbox);
            return;
        }
        if (!backup.IsCounted)
        {
            outbox.Send(RoleAddress.OfSlice(0, backup.Node), new BackupCounted(0, _directive.Layout.Term));
        }
        if (!isKnown) SendMissing(backup.Node, outbox);
        while (!_backups.IsFull && _waiting.TryDequeue(out var push)) Take(push, outbox);
        if (_server.IsStopped && _backups.HaveAll && !IsDoneHere) Steer(outbox);
    }

    public void Handle(BackupCounted counted)
    {
        bool isNew = Backup is { } self && counted.Term >= self.Since && !(BackupTerm >= counted.Term);
        if (isNew) BackupTerm = counted.Term;
    }

    public void Handle(ModeEntry entry, TimeSpan now, Outbox outbox)
    {
        if (Backup is null) return;
        if (_isFinal)
        {
            // A host that has not heard of the end goes on from before it: only its whole state helps.
            if (entry.Index >= _server.Log.Count) ReportBackup(outbox, lines: -1);
            return;
        }
        if (entry.Term == _server.Term && entry.Index == _server.Log.Count)
        {
            Follow(entry);
            _lastProgress = now;
        }
        ReportBackup(outbox);
    }

    private void Follow(ModeEntry entry)
    {
        if (entry.FollowsEvaluation && _lastSummary?.Step != Step) Summarize();
        if (entry.FollowsBest) KeepBest();
        if (entry.FollowsEvaluation && _server.IsStopped) _server.Mark();
        // The server adds in place, and the host may be in this very process.
        var result = entry.Result is { } given ? given with { Values = [.. given.Values] } : null;
        _server.Follow(entry.Line, result, _news);
        _news.Clear();
    }

    private bool IsDoneHere => IsAtLimit && _published == (Step, _isFinal) && _committed == _server.Log.Count;

    private void WantState(string node, Outbox outbox)
    {
        _backups.Want(node);
        Steer(outbox);
    }

    private void ReportBackup(Outbox outbox) => ReportBackup(outbox, _server.Log.Count);

    private void ReportBackup(Outbox outbox, int lines) => outbox.Send(
        RoleAddress.OfSlice(0, _directive!.Layout.SliceHosts[0]),
        new BackupStep(0, _node, _generation, lines, BackupTerm is not null, _server.Term));

    private void FollowLayout(Layout? before, Outbox outbox)
    {
        var layout = _directive!.Layout;
        bool isNewHost = before?.SliceHosts[0] != layout.SliceHosts[0];
        if (BackupTerm < (Backup?.Since ?? long.MaxValue)) BackupTerm = null;
        if (!IsServing)
        {
            _waiting.Clear();
            _backups.Follow([]);
            if (Backup is not null && (isNewHost || BackupTerm is null)) ReportBackup(outbox);
            return;
        }
        _backups.Follow(layout.SliceBackups[0]);
        if (isNewHost && !_isFinal) TakeOver(outbox);
        for (int shard = 0; shard < _plan.ShardCount; shard++)
        {
            if (before is not null && before.ShardHosts[shard] != layout.ShardHosts[shard])
            {
                _server.Repeat(shard, _news);
            }
        }
        SendAssignments(outbox);
    }

    private void TakeOver(Outbox outbox)
    {
        int lines = _server.Log.Count;
        long term = _server.Term;
        _backups.Begin(lines);
        _server.BeginTerm(_directive!.Layout.Term, _news);
        SendAssignments(outbox);
        Replicate(new ModeEntry(term, lines, _server.Log[lines], null, false, false), outbox);
    }

    private void Replicate(ModeEntry entry, Outbox outbox)
    {
        _backups.Add(entry);
        foreach (string node in _backups.Receivers) outbox.Send(RoleAddress.OfSlice(0, node), entry);
    }

    private void RepeatToBackups(Outbox outbox)
    {
        foreach (string node in _backups.Receivers) SendMissing(node, outbox);
    }

    private void SendMissing(string node, Outbox outbox)
    {
        foreach (var entry in _backups.MissingAt(node)) outbox.Send(RoleAddress.OfSlice(0, node), entry);
    }
}
