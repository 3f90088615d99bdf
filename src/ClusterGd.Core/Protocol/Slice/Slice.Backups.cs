namespace ClusterGd.Core.Protocol;

/// <summary>
/// A slice's backups make each of its updates as well, so that one of them can go on in its place with the same bits.
/// A host that lives on although another has taken over does no harm: it can only say what the other says.
/// </summary>
public abstract partial class Slice
{
    /// <summary>
    /// Sends all that it knows to a node that takes it over, where nothing is under way; or to a backup; or, of a
    /// checkpoint, to an observer.
    /// </summary>
    public void HandOver(string node, Outbox outbox)
    {
        if (Directive?.Layout.Observers.Contains(node) == true)
        {
            if (Checkpoint is { } saved) outbox.Send(RoleAddress.OfNode(node), saved);
            return;
        }
        bool isForBackup = IsServing && Directive!.Layout.BackupAt(Index, node) is not null;
        if (isForBackup) GiveState(node, outbox);
        else if (HasState && IsAtRest) outbox.Send(RoleAddress.OfNode(node), Export());
    }

    /// <summary>A backup that has fallen behind gets its host's state.</summary>
    public void Restore(SliceState state, Outbox outbox)
    {
        if (Backup is null) return;
        if (IsNewer(state)) Import(state);
        ReportBackup(outbox);
    }

    /// <summary>What a backup says of itself to the host.</summary>
    public void Handle(BackupStep backup, Outbox outbox)
    {
        if (!IsServing || backup.Generation != Generation || Divergence is not null
            || Directive!.Layout.BackupAt(Index, backup.Node) is null)
        {
            return;
        }
        bool isNew = Backups.StepOf(backup.Node) is null;
        if (!Backups.Acknowledge(backup, OrderTerm))
        {
            GiveState(backup.Node, outbox);
            return;
        }
        if (!backup.IsCounted)
        {
            outbox.Send(RoleAddress.OfSlice(Index, backup.Node), new BackupCounted(Index, Directive.Layout.Term));
        }
        BackupCame(backup, isNew, outbox);
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
        if (Backup is not null && update.Generation == Generation)
        {
            LastProgress = now;
            // A host that has not heard of the end goes on from before it: only its whole state helps.
            if (IsFinal && update.Index >= UpdateCount) ReportBackup(outbox, wantsState: true);
            else if (!IsFinal)
            {
                if (update.Index == UpdateCount && update.OrderTerm == OrderTerm) FollowHost(update);
                ReportBackup(outbox);
            }
        }
        update.Release();
    }

    private protected SliceBackup? Backup => Directive?.Layout.BackupAt(Index, Node);

    /// <summary>Every backup gets the updates that it lacks, as far as is known.</summary>
    private protected void SendMissing(Outbox outbox)
    {
        foreach (string node in Backups.Receivers) SendMissing(node, outbox);
    }

    private protected void SendMissing(string node, Outbox outbox)
    {
        foreach (var update in Backups.MissingAt(node)) Send(update, node, outbox);
    }

    /// <summary>An update more for the backups: sent at once, and kept. Takes over its buffer's share.</summary>
    private protected void Replicate(SliceUpdate update, Outbox outbox)
    {
        foreach (string node in Backups.Receivers) Send(update, node, outbox);
        Backups.Add(update);
    }

    /// <summary>To a backup that only the whole state helps.</summary>
    private protected void SendState(string node, Outbox outbox)
    {
        Backups.Sent(node);
        outbox.Send(RoleAddress.OfNode(node), Export());
    }

    private protected SliceState Export() => Export(new SliceState
    {
        Slice = Index, Step = Step, IsFinal = IsFinal, StepLoss = StepLoss, Statistics = default,
        Best = _best?.ToArray(), LastSummary = LastSummary,
    });

    private void Import(SliceState state)
    {
        Checkpoint = null;
        IsFinal = state.IsFinal;
        _best = state.Best?.ToArray();
        LastSummary = state.LastSummary;
        TakeState(state);
    }

    private void FollowHost(SliceUpdate update)
    {
        if (update.FollowsEvaluation && LastSummary?.Step != Step) Summarize();
        if (update.FollowsBest) KeepBest();
        Follow(update);
    }

    private void Send(SliceUpdate update, string node, Outbox outbox)
    {
        update.Sum?.Values.Retain();
        outbox.Send(RoleAddress.OfSlice(Index, node), update);
    }

    /// <summary>At once, or once it stands where it has one.</summary>
    private void GiveState(string node, Outbox outbox)
    {
        if (HasState)
        {
            SendState(node, outbox);
            return;
        }
        Backups.Want(node);
        GoOn(outbox);
    }

    private void ReportBackup(Outbox outbox, bool wantsState = false) => outbox.Send(
        RoleAddress.OfSlice(Index, Directive!.Layout.SliceHosts[Index]),
        new BackupStep(Index, Node, Generation, UpdateCount, BackupTerm is not null, OrderTerm, wantsState));

    /// <summary>What another layout means for host and backups.</summary>
    private void FollowLayout(Layout? before, Outbox outbox)
    {
        var layout = Directive!.Layout;
        bool isNewHost = before?.SliceHosts[Index] != layout.SliceHosts[Index];
        if (BackupTerm < (Backup?.Since ?? long.MaxValue)) BackupTerm = null;
        Backups.Follow(IsServing ? layout.SliceBackups[Index] : []);
        if (!IsServing)
        {
            if (Backup is not null && (isNewHost || BackupTerm is null)) ReportBackup(outbox);
        }
        else if (isNewHost)
        {
            Backups.Begin(UpdateCount);
            if (!IsFinal) TakeOver(isFirst: before is null, outbox);
        }
        LayoutFollowed(before, outbox);
    }
}
