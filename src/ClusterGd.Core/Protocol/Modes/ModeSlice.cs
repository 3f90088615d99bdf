using ClusterGd.Core.Kernels;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// All parameters of a run whose steps are not synchronous, in the place that <see cref="ParameterSlice"/> has else:
/// around a <see cref="ModeServer"/>, which works from stop to stop. Where the coordinator's limit is, it stops with
/// nothing under way and publishes; workers get assignments in between. Pure: no clock, no sending. One owner.
/// </summary>
public sealed partial class ModeSlice : ISlice
{
    /// <inheritdoc cref="ISlice.Create(TrainingPlan, int, string, int, ReadOnlySpan{float}, TimeSpan)"/>
    public ModeSlice(
        TrainingPlan plan, string node, int generation, ReadOnlySpan<float> initial, TimeSpan retryInterval)
    {
        (_plan, _node, _generation, _retryInterval) = (plan, node, generation, retryInterval);
        _server = ModeServer.Create(plan.Mode, plan, initial);
        _server.Import(_server.Export(Bare()));
        _pool = new FloatPool(plan.Model.ParameterCount);
        _backups = new ModeReplication(2 * plan.ShardCount + 2);
    }

    /// <inheritdoc cref="ISlice.Create(TrainingPlan, int, string, int, SliceState, TimeSpan)"/>
    public ModeSlice(TrainingPlan plan, string node, int generation, SliceState state, TimeSpan retryInterval)
        : this(plan, node, generation, new float[plan.Model.ParameterCount], retryInterval) => Import(state);

    public long Step => _server.Step;

    public ReadOnlySpan<float> Parameters => _server.Parameters();

    public SliceProgress? Progress => new(_server.StepOf(_server.Version), _server.LastLoss);

    /// <summary>What it took, in its order.</summary>
    public IReadOnlyList<LogEntry> Log => _server.Log;

    public void Handle(object message, TimeSpan now, Outbox outbox)
    {
        switch (message)
        {
            case WorkerPush push:
                Handle(push, now, outbox);
                break;
            case AssignmentRequest request:
                Handle(request, outbox);
                break;
            case ModeEntry entry:
                Handle(entry, now, outbox);
                break;
            case OrderRequest request:
                Handle(request, outbox);
                break;
            case RunDirective directive:
                Handle(directive, now, outbox);
                break;
            case BackupStep backup:
                Handle(backup, outbox);
                break;
            case BackupCounted counted:
                Handle(counted);
                break;
            case SliceRequest request:
                Answer(request.Node, outbox);
                break;
            case StateRequest request:
                HandOver(request.Node, outbox);
                break;
            case SliceState state:
                Restore(state, outbox);
                break;
            case ITensorMessage stray:
                stray.Release();
                break;
        }
    }

    public void Handle(RunDirective directive, TimeSpan now, Outbox outbox)
    {
        if (_directive is not null && !directive.Supersedes(_directive)) return;
        if (_divergence is not null && directive.Ending is not { IsDiverged: true }) return;
        var before = _directive?.Layout;
        if (directive.Limit != _directive?.Limit) _lastProgress = now;
        _directive = directive;
        FollowLayout(before, outbox);
        if (!IsServing || TryFinishDiverged(outbox)) return;
        KnowIfEvaluated();
        Hold(outbox);
        Steer(outbox);
    }

    public void Handle(WorkerPush push, TimeSpan now, Outbox outbox)
    {
        if (!IsServing || _divergence is not null) return;
        _now = now;
        if (!_backups.IsFull) Take(push, outbox);
        // No worker has more than one under way, but what it has may come twice.
        else if (_waiting.Count < 2 * _plan.ShardCount) _waiting.Enqueue(push);
    }

    public void Handle(AssignmentRequest request, Outbox outbox)
    {
        if (!IsServing || request.Worker < 0 || request.Worker >= _plan.ShardCount) return;
        _server.Repeat(request.Worker, _news);
        SendAssignments(outbox);
    }

    public void Answer(string node, Outbox outbox)
    {
        bool isWhole = IsServing && _divergence is null && IsAtLimit && _backups.HaveAll;
        if (isWhole) outbox.Send(RoleAddress.OfNode(node), Snapshot());
    }

    public void Tick(TimeSpan now, Outbox outbox)
    {
        if (now - _lastProgress < _retryInterval) return;
        _lastProgress = now;
        if (_divergence is not null)
        {
            // The word may have been lost, or the coordinator that heard it.
            outbox.Send(RoleAddress.Coordinator, _divergence);
            return;
        }
        if (Backup is not null) ReportBackup(outbox);
        if (IsServing) RepeatToBackups(outbox);
    }

    public string? DescribeWait()
    {
        if (!IsServing || _isFinal || IsAtLimit) return null;
        string what = _server.IsStopped || _backups.IsFull
            ? $"its backups {string.Join(", ", _backups.Behind)}"
            : $"the results of {Busy()}";
        return $"the {_plan.Job.Training.Mode.Kind} server at {_node} has made {_server.Version} updates, is to stop " +
            $"at step {_server.Stop} and waits for {what}";
    }

    private string Busy() => string.Join("; ", _server.Busy
        .GroupBy(shard => _directive!.Layout.ShardHosts[shard], StringComparer.Ordinal)
        .Select(node => $"shard{(node.Count() > 1 ? "s" : "")} {LayoutText.Ranges([.. node])} at {node.Key}"));

    private bool IsServing => _directive is not null && _directive.Layout.SliceHosts[0] == _node;

    private bool IsAtLimit => _server.IsStopped && Step == _directive!.Limit;

    /// <summary>Where it can stop, it alone knows; once it has said so it goes no further.</summary>
    private void Hold(Outbox outbox)
    {
        if (!_directive!.IsHeld)
        {
            _heldAt = -1;
            return;
        }
        if (_heldAt < 0) _heldAt = _server.NextStop;
        outbox.Send(RoleAddress.Coordinator, new Held(_node, _directive.Layout.Term, _heldAt));
    }

    /// <summary>
    /// The next stop: what is wanted, or sooner where a checkpoint is due or a backup wants the state; but what is
    /// under way is finished.
    /// </summary>
    private long WantedStop()
    {
        long wanted = _heldAt >= 0 ? _heldAt : _directive!.Limit;
        if (_plan.Job.Checkpoint.EverySteps is > 0 and var every) wanted = Math.Min(wanted, (Step / every + 1) * every);
        return _backups.Wanting.Count > 0 ? _server.NextStop : Math.Max(wanted, _server.NextStop);
    }

    /// <summary>Has the server go on as far as it may, and does at each stop what is due there.</summary>
    private void Steer(Outbox outbox)
    {
        // What lets it go on may say in the same breath that this step is to be saved.
        if (_server.IsStopped && _backups.HaveAll) CheckpointIfDue(outbox);
        while (_divergence is null)
        {
            if (!_isFinal && WantedStop() is var wanted && wanted != _server.Stop) SetStop(wanted, outbox);
            if (!_server.IsStopped) return;
            foreach (string node in _backups.Wanting.ToList())
            {
                _backups.Sent(node);
                outbox.Send(RoleAddress.OfNode(node), Export());
            }
            if (!_backups.HaveAll) return;
            _committed = _server.Log.Count;
            CheckpointIfDue(outbox);
            if (_isFinal || WantedStop() == Step) break;
        }
        if (_divergence is not null || _directive!.IsHeld) return;
        // Who could have said that so much was under way is gone.
        if (Step > _directive.Limit) outbox.Send(RoleAddress.Coordinator, new SliceReached(0, Step, _generation));
        else ReachLimit(outbox);
    }

    private void Take(WorkerPush push, Outbox outbox)
    {
        int lines = _server.Log.Count;
        long term = _server.Term;
        // The server adds in place.
        var result = _backups.Any ? push.Result with { Values = [.. push.Result.Values] } : push.Result;
        _server.Handle(push, _news);
        SendAssignments(outbox);
        if (_server.Log.Count > lines)
        {
            // What a worker repeats is no progress.
            _lastProgress = _now;
            Replicate(new ModeEntry(term, lines, _server.Log[lines], result, false, false), outbox);
        }
        if (_server.Divergence is { } divergence) Diverge(divergence, outbox);
        if (_server.IsStopped) Steer(outbox);
    }

    private void SetStop(long step, Outbox outbox)
    {
        bool isEvaluated = _lastSummary?.Step == Step, isBest = _directive!.KeepBestStep == Step;
        int lines = _server.Log.Count;
        if (isEvaluated && _server.IsStopped) _server.Mark();
        _server.StopAt(step, _news);
        _checkpoint = null;
        Replicate(new ModeEntry(_server.Term, lines, _server.Log[lines], null, isEvaluated, isBest), outbox);
        SendAssignments(outbox);
    }

    private void SendAssignments(Outbox outbox)
    {
        foreach (var assignment in _news)
        {
            outbox.Send(RoleAddress.OfNode(_directive!.Layout.ShardHosts[assignment.Worker]), assignment);
        }
        _news.Clear();
    }

    private void Diverge(Divergence divergence, Outbox outbox)
    {
        _divergence = divergence with { Step = _server.StepOf(_server.Version) };
        outbox.Send(RoleAddress.Coordinator, _divergence);
    }

    private SlicePublished Snapshot()
    {
        var copy = _pool.Rent();
        _server.Parameters().CopyTo(copy.Span);
        HalfKernels.Round(copy.Span, _plan.ElementOf(_isFinal));
        return new SlicePublished(
            0, _generation, _directive!.Layout.Term, Step, _isFinal, _server.LastLoss, copy);
    }
}
