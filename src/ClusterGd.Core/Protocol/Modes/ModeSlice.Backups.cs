using System.Collections.Immutable;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// Backups follow by the order of application: each gets every line with its result and feeds a server of its own,
/// which is state machine replication. One that takes over begins a term, in which what the workers have under way is
/// void and given out anew. Nothing is published or saved that a backup lacks; what a host took beyond that dies with
/// it, and nobody has seen it.
/// </summary>
public sealed partial class ModeSlice
{
    /// <summary>Lines of the order for who keeps it: those that no death can undo.</summary>
    public void Handle(OrderRequest request, Outbox outbox)
    {
        if (!IsServing || request.From < 0 || request.From > _committed) return;
        int count = Math.Min(_committed - request.From, OrderPart.LinesMax);
        outbox.Send(RoleAddress.OfNode(request.Node), new OrderPart(
            Generation, request.From, [.. _server.Log.Skip(request.From).Take(count)], _committed, IsFinal,
            _server.Staleness.ToImmutableSortedDictionary(), _server.DroppedCount));
    }

    private protected override long UpdateCount => _server.Log.Count;

    private protected override long OrderTerm => _server.Term;

    /// <summary>Between two stops the state has no form that travels.</summary>
    private protected override bool HasState => _server.IsStopped;

    private protected override bool IsAtRest => true;

    private protected override bool IsNewer(SliceState state) => state.Mode is { } mode
        && (mode.Term > _server.Term || mode.Term == _server.Term && mode.Log.Length >= _server.Log.Count);

    private protected override void Follow(SliceUpdate update)
    {
        if (update.Line is not { } line) return;
        if (update.FollowsEvaluation && _server.IsStopped) _server.Mark();
        // The server adds in place, and the host may be in this very process.
        _server.Follow(line.Entry, update.Sum is { } sum ? Copy(sum) : null, line.StateSince, _news);
        foreach (var assignment in _news) assignment.Release();
        _news.Clear();
    }

    private protected override void BackupCame(BackupStep backup, bool isNew, Outbox outbox)
    {
        if (isNew) SendMissing(backup.Node, outbox);
        TakeWaiting(outbox);
        if (_server.IsStopped && Backups.HaveAll && !IsDoneHere) Steer(outbox);
    }

    /// <summary>What is due at the limit has been done with all lines.</summary>
    private bool IsDoneHere => IsAtLimit && _reachedWith == _server.Log.Count;

    private protected override void LayoutFollowed(Layout? before, Outbox outbox)
    {
        if (!IsServing)
        {
            while (_waiting.TryDequeue(out var push)) push.Release();
            return;
        }
        var layout = Directive!.Layout;
        for (int shard = 0; shard < Plan.ShardCount; shard++)
        {
            if (before is not null && before.ShardHosts[shard] != layout.ShardHosts[shard])
            {
                _server.Repeat(shard, _news);
            }
        }
        SendAssignments(outbox);
    }

    private protected override void TakeOver(bool isFirst, Outbox outbox)
    {
        int lines = _server.Log.Count;
        long term = _server.Term;
        _server.BeginTerm(Directive!.Layout.Term, _news);
        SendAssignments(outbox);
        Replicate(Update(new OrderLine(term, lines, _server.Log[lines]), null), outbox);
    }

    private protected override SliceState Export(SliceState state) => _server.Export(state);

    private protected override void TakeState(SliceState state) => _server.Import(state);
}
