namespace ClusterGd.Core.Protocol;

/// <summary>
/// Backups follow by the order of application: each gets every line with its result and feeds a server of its own,
/// which is state machine replication. One that takes over begins a term, in which what the workers have under way is
/// void and given out anew. Nothing is published or saved that a backup lacks; what a host took beyond that dies with
/// it, and nobody has seen it.
/// </summary>
public sealed partial class ModeSlice
{
    private readonly ModeReplication _backups;

    public long BackupTerm { get; private set; } = -1;

    private SliceBackup? Backup => _directive?.Layout.BackupAt(0, _node);

    public void HandOver(string node, List<SliceEffect> effects)
    {
        if (_directive?.Layout.Observers.Contains(node) == true)
        {
            if (_checkpoint is { } saved) effects.Add(new SliceEffect.SendState(node, saved));
            return;
        }
        // Between two stops the state has no form that travels: a backup's own word has the server stop for it.
        if (_server.IsStopped) effects.Add(new SliceEffect.SendState(node, Export()));
        else if (IsServing && _directive!.Layout.BackupAt(0, node) is not null) WantState(node, effects);
    }

    public void Restore(SliceState state, List<SliceEffect> effects)
    {
        if (Backup is null || state.Mode is not { } mode) return;
        bool isNewer = mode.Term > _server.Term || mode.Term == _server.Term && mode.Log.Length >= _server.Log.Count;
        if (isNewer) Import(state);
        ReportBackup(effects);
    }

    public void Handle(BackupStep backup, List<SliceEffect> effects)
    {
        if (!IsServing || backup.Generation != _generation || _divergence is not null
            || _directive!.Layout.BackupAt(0, backup.Node) is null)
        {
            return;
        }
        bool isKnown = _backups.Knows(backup.Node);
        if (!_backups.Acknowledge(backup.Node, (int)backup.Step, backup.Term, _server.Term))
        {
            Steer(effects);
            return;
        }
        if (!backup.IsCounted)
        {
            effects.Add(new SliceEffect.ConfirmBackup(backup.Node, new BackupCounted(0, _directive.Layout.Term)));
        }
        if (!isKnown) SendMissing(backup.Node, effects);
        while (!_backups.IsFull && _waiting.TryDequeue(out var push)) Take(push, effects);
        if (_server.IsStopped && _backups.HaveAll && !IsDoneHere) Steer(effects);
    }

    public void Handle(BackupCounted counted)
    {
        if (Backup is { } self && counted.Term >= self.Since) BackupTerm = Math.Max(BackupTerm, counted.Term);
    }

    public void Handle(ModeEntry entry, TimeSpan now, List<SliceEffect> effects)
    {
        if (Backup is null) return;
        if (_isFinal)
        {
            // A host that has not heard of the end goes on from before it: only its whole state helps.
            if (entry.Index >= _server.Log.Count) ReportBackup(effects, lines: -1);
            return;
        }
        if (entry.Term == _server.Term && entry.Index == _server.Log.Count)
        {
            Follow(entry);
            _lastProgress = now;
        }
        ReportBackup(effects);
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

    private void WantState(string node, List<SliceEffect> effects)
    {
        _backups.Want(node);
        Steer(effects);
    }

    private void ReportBackup(List<SliceEffect> effects) => ReportBackup(effects, _server.Log.Count);

    private void ReportBackup(List<SliceEffect> effects, int lines) => effects.Add(
        new SliceEffect.ReportBackup(new BackupStep(0, _node, _generation, lines, BackupTerm >= 0, _server.Term)));

    private void FollowLayout(Layout? before, List<SliceEffect> effects)
    {
        var layout = _directive!.Layout;
        bool isNewHost = before?.SliceHosts[0] != layout.SliceHosts[0];
        if (BackupTerm < (Backup?.Since ?? long.MaxValue)) BackupTerm = -1;
        if (!IsServing)
        {
            _waiting.Clear();
            _backups.Follow([]);
            if (Backup is not null && (isNewHost || BackupTerm < 0)) ReportBackup(effects);
            return;
        }
        _backups.Follow(layout.SliceBackups[0]);
        if (isNewHost && !_isFinal) TakeOver(effects);
        for (int shard = 0; shard < _plan.ShardCount; shard++)
        {
            if (before is not null && before.ShardHosts[shard] != layout.ShardHosts[shard])
            {
                _server.Repeat(shard, _news);
            }
        }
        SendAssignments(effects);
    }

    private void TakeOver(List<SliceEffect> effects)
    {
        int lines = _server.Log.Count;
        long term = _server.Term;
        _backups.Begin(lines);
        _server.BeginTerm(_directive!.Layout.Term, _news);
        SendAssignments(effects);
        Replicate(new ModeEntry(term, lines, _server.Log[lines], null, false, false), effects);
    }

    private void Replicate(ModeEntry entry, List<SliceEffect> effects)
    {
        _backups.Add(entry);
        foreach (string node in _backups.Receivers) effects.Add(new SliceEffect.ReplicateEntry(node, entry));
    }

    private void RepeatToBackups(List<SliceEffect> effects)
    {
        foreach (string node in _backups.Receivers) SendMissing(node, effects);
    }

    private void SendMissing(string node, List<SliceEffect> effects)
    {
        foreach (var entry in _backups.MissingAt(node)) effects.Add(new SliceEffect.ReplicateEntry(node, entry));
    }
}
