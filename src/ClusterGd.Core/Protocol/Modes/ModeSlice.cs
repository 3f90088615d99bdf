using ClusterGd.Core.Reduction;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// All parameters of a run whose steps are not synchronous, around a <see cref="ModeServer"/>, which works from stop to
/// stop. Where the coordinator's limit is, it stops with nothing under way and publishes; workers get assignments in
/// between. A whole gradient and all parameters are in one place: the model's size is limited by a node's memory.
/// </summary>
public sealed partial class ModeSlice : Slice
{
    /// <inheritdoc cref="Slice.Create(TrainingPlan, int, string, int, ReadOnlySpan{float}, TimeSpan)"/>
    public ModeSlice(
        TrainingPlan plan, string node, int generation, ReadOnlySpan<float> initial, TimeSpan retryInterval)
        : base(plan, 0, node, generation, retryInterval, window: 2 * plan.ShardCount + 2)
    {
        _server = ModeServer.Create(plan.Mode, plan, initial);
        // It gives out nothing before it is told how far it may go.
        _server.EndAt(0);
    }

    public override long Step => _server.Step;

    public override ReadOnlySpan<float> Parameters => _server.Parameters();

    public override SliceProgress? Progress => new(_server.StepOf(_server.Version), _server.LastLoss);

    /// <summary>What it took, in its order.</summary>
    public IReadOnlyList<LogEntry> Log => _server.Log;

    private protected override bool TryWork(object message, TimeSpan now, Outbox outbox)
    {
        switch (message)
        {
            case WorkerPush push:
                Handle(push, now, outbox);
                return true;
            case AssignmentRequest request:
                Handle(request, outbox);
                return true;
            case OrderRequest request:
                Handle(request, outbox);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Takes over the result; releases it if it is not wanted.</summary>
    public void Handle(WorkerPush push, TimeSpan now, Outbox outbox)
    {
        Now = now;
        bool isWanted = IsServing && Divergence is null;
        if (isWanted && !Backups.IsFull) Take(push, outbox);
        // No worker has more than one under way, but what it has may come twice.
        else if (isWanted && _waiting.Count < 2 * Plan.ShardCount) _waiting.Enqueue(push);
        else push.Release();
    }

    public void Handle(AssignmentRequest request, Outbox outbox)
    {
        if (!IsServing || request.Worker < 0 || request.Worker >= Plan.ShardCount) return;
        _server.Repeat(request.Worker, _news);
        SendAssignments(outbox);
    }

    public override string? DescribeWait()
    {
        if (!IsServing || IsFinal || IsAtLimit) return null;
        string what = _server.IsStopped || Backups.IsFull
            ? $"its backups {string.Join(", ", Backups.Behind)}"
            : $"the results of {ShardsByNode(_server.Busy)}";
        return $"the {Plan.Job.Training.Mode.Kind} server at {Node} has made {_server.Version} updates, is to stop " +
            $"at step {_server.Stop} and waits for {what}";
    }

    private protected override bool MayAnswer => IsAtLimit && Backups.HaveAll;

    private protected override void GoOn(Outbox outbox)
    {
        Hold(outbox);
        // A backup that was too far behind may be none any more.
        TakeWaiting(outbox);
        Steer(outbox);
    }

    private bool IsAtLimit => _server.IsStopped && Step == Limit;

    /// <summary>Where it can stop, it alone knows; once it has said so it goes no further.</summary>
    private void Hold(Outbox outbox)
    {
        if (!Directive!.IsHeld)
        {
            _heldAt = null;
            return;
        }
        _heldAt ??= _server.NextStop;
        outbox.Send(RoleAddress.Coordinator, new Held(Node, Directive.Layout.Term, _heldAt.Value));
    }

    /// <summary>
    /// The next stop: what is wanted, or sooner where a checkpoint is due or a backup wants the state; but what is
    /// under way is finished.
    /// </summary>
    private long WantedStop()
    {
        long wanted = _heldAt ?? Limit;
        if (Plan.Job.Checkpoint.EverySteps is > 0 and var every) wanted = Math.Min(wanted, (Step / every + 1) * every);
        return Backups.Wanting.Count > 0 ? _server.NextStop : Math.Max(wanted, _server.NextStop);
    }

    /// <summary>Has the server go on as far as it may, and does at each stop what is due there.</summary>
    private void Steer(Outbox outbox)
    {
        // What lets it go on may say in the same breath that this step is to be saved.
        if (_server.IsStopped && Backups.HaveAll) CheckpointIfDue(outbox);
        while (Divergence is null)
        {
            if (!IsFinal && WantedStop() is var wanted && wanted != _server.Stop) SetStop(wanted, outbox);
            if (!_server.IsStopped) return;
            foreach (string node in Backups.Wanting.ToList()) SendState(node, outbox);
            if (!Backups.HaveAll) return;
            _committed = _server.Log.Count;
            CheckpointIfDue(outbox);
            if (IsFinal || WantedStop() == Step) break;
        }
        if (Divergence is not null || Directive!.IsHeld) return;
        // Who could have said that so much was under way is gone.
        if (Step > Limit) outbox.Send(RoleAddress.Coordinator, new SliceReached(0, Step, Generation));
        else ReachLimit(outbox);
    }

    private void ReachLimit(Outbox outbox)
    {
        _reachedWith = _committed;
        if (Directive!.IsFinishing)
        {
            Finish(outbox);
            return;
        }
        PublishOnce(outbox);
        if (Step == Directive.EvaluateAt) Summarize(outbox);
        else outbox.Send(RoleAddress.Coordinator, new SliceReached(0, Step, Generation));
    }

    private void TakeWaiting(Outbox outbox)
    {
        while (!Backups.IsFull && _waiting.TryDequeue(out var push)) Take(push, outbox);
    }

    private void Take(WorkerPush push, Outbox outbox)
    {
        int lines = _server.Log.Count;
        long term = _server.Term;
        // The server adds in place.
        var copy = Backups.Any ? Copy(push.Sum) : null;
        _server.Handle(push, _news);
        SendAssignments(outbox);
        if (_server.Log.Count > lines)
        {
            // What a worker repeats is no progress.
            LastProgress = Now;
            Replicate(Update(new OrderLine(term, lines, _server.Log[lines], push.StateSince), copy), outbox);
        }
        else copy?.Values.Release();
        if (_server.Divergence is { } divergence)
        {
            Diverge(divergence with { Step = _server.StepOf(_server.Version) }, outbox);
        }
        if (_server.IsStopped) Steer(outbox);
    }

    private void SetStop(long step, Outbox outbox)
    {
        bool isEvaluated = LastSummary?.Step == Step, isBest = Directive!.KeepBestStep == Step;
        int lines = _server.Log.Count;
        if (isEvaluated && _server.IsStopped) _server.Mark();
        _server.StopAt(step, _news);
        Checkpoint = null;
        Replicate(Update(new OrderLine(_server.Term, lines, _server.Log[lines]), null, isEvaluated, isBest), outbox);
        SendAssignments(outbox);
    }

    private SliceUpdate Update(OrderLine line, GradientSum? sum, bool isEvaluated = false, bool isBest = false) =>
        new(Index, Generation, sum, isEvaluated, isBest) { Line = line };

    private GradientSum Copy(GradientSum sum)
    {
        var values = Pool.Rent();
        sum.Values.Span.CopyTo(values.Span);
        return sum with { Values = values };
    }

    private void SendAssignments(Outbox outbox)
    {
        foreach (var assignment in _news)
        {
            outbox.Send(RoleAddress.OfNode(Directive!.Layout.ShardHosts[assignment.Worker]), assignment);
        }
        _news.Clear();
    }
}
