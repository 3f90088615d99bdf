using System.Collections.Immutable;

namespace ClusterGd.Core.Protocol;

/// <summary>What a node needs to know of its process. Nothing here can change a run's result.</summary>
public sealed record NodeSettings
{
    /// <summary>Its address, or an observer's.</summary>
    public required string Name { get; init; }

    /// <summary>Where the data plane of its process listens; empty where it never leaves the process.</summary>
    public string Endpoint { get; init; } = "";

    /// <summary>Job, data and kernel version in one string: nodes must agree on it.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Time after which what was asked for is asked for again.</summary>
    public required TimeSpan RetryInterval { get; init; }

    /// <summary>Those that want the result and host nothing. None where every node is in one process.</summary>
    public ImmutableArray<string> Observers { get; init; } = [];

    /// <summary>What an observer of a run that is resumed holds from the beginning.</summary>
    public Checkpoint? Start { get; init; }

    public bool IsObserver => Observers.Contains(Name);

    /// <summary>Whether the run is followed in this process.</summary>
    public bool IsWatched => IsObserver || Observers.IsEmpty;
}

/// <summary>
/// A node or observer: <see cref="NodeProtocol"/>, and what it tells the coordinator and those who follow the run. It
/// passes on what comes for its slices. One owner.
/// </summary>
public sealed class NodeRole : IRole
{
    private static readonly TimeSpan s_statusInterval = TimeSpan.FromMilliseconds(90);

    /// <summary>Nodes answer for a few seconds after a run's end.</summary>
    private static readonly TimeSpan s_resultMin = TimeSpan.FromSeconds(1), s_resultMax = TimeSpan.FromSeconds(10);

    private readonly NodeSettings _settings;
    private readonly NodeProtocol _protocol;
    private readonly NodeNews _news;
    private readonly SortedSet<int> _slices = [];
    private RunOutcome? _outcome;
    private TimeSpan _lastStatus, _overSince;
    private bool _isOver;

    public NodeRole(TrainingPlan plan, NodeSettings settings)
    {
        _settings = settings;
        _protocol = new NodeProtocol(settings.Name, plan, settings.RetryInterval, settings.Start);
        _news = new NodeNews(settings, _protocol);
    }

    public NodeProtocol Protocol => _protocol;

    public void Handle(object message, TimeSpan now, Outbox outbox)
    {
        int first = outbox.Count;
        Dispatch(message, now, outbox);
        FollowSlices(first, outbox);
        if (message is RunDirective)
        {
            foreach (int slice in _slices) outbox.Send(RoleAddress.OfSlice(slice, _settings.Name), message);
        }
        if (_protocol.HasNews) SendStatus(now, outbox);
        TryEnd(outbox);
    }

    public void Tick(TimeSpan now, Outbox outbox)
    {
        int first = outbox.Count;
        _protocol.Tick(now, outbox);
        _news.Tick(now, outbox);
        FollowSlices(first, outbox);
        if (_protocol.HasNews || now - _lastStatus >= s_statusInterval) SendStatus(now, outbox);
        TryEnd(outbox);
        GiveUp(now, outbox);
    }

    private void Dispatch(object message, TimeSpan now, Outbox outbox)
    {
        switch (message)
        {
            case SlicePublished published:
                _protocol.Handle(published, now, outbox);
                break;
            case ComputedResult computed:
                _protocol.Computed(computed.Sum, now, outbox);
                break;
            case MergedResult merged:
                _protocol.Merged(merged.Sum, now, outbox);
                break;
            case EvaluationPart part:
                _protocol.Evaluated(part.Shard, part.Set);
                outbox.Send(RoleAddress.Coordinator, part);
                break;
            case Assignment assignment:
                _protocol.Handle(assignment, now, outbox);
                break;
            case AssignmentComputed computed:
                _protocol.Handle(computed, now, outbox);
                break;
            case OrderPart part:
                _protocol.Handle(part, outbox);
                break;
            case RunDirective directive:
                Follow(directive, now, outbox);
                break;
            case GradientRequest request:
                _protocol.GradientRequested(request.Step, request.Pass, request.Shards, now, outbox);
                break;
            case StandInRequest request:
                _protocol.StandIn(request.Step, request.Shards, outbox);
                break;
            case StateRequest request when !_slices.Contains(request.Slice):
                _protocol.StateRequested(request.Slice, request.Node, outbox);
                break;
            case ISliceMessage part:
                if (_slices.Contains(part.Slice)) outbox.Send(RoleAddress.OfSlice(part.Slice, _settings.Name), message);
                break;
            case SliceState state:
                _protocol.Restored(state.Slice, state, outbox);
                break;
            case RowsArrived rows:
                _protocol.Prepared(rows.Shard, outbox);
                break;
            case RecallRun recall:
                outbox.Send(recall.ReplyTo, _protocol.Memory(recall.After));
                break;
            case RunMemory memory:
                _protocol.Handle(memory, outbox);
                _news.TellEvaluations(outbox);
                break;
            case SliceStep step:
                _news.Compared(step.Compared);
                _protocol.SliceAt(step.Slice, step.Step, step.BackupTerm);
                break;
            case Divergence divergence:
                outbox.Send(RoleAddress.Coordinator, divergence);
                break;
            case Stalled when _protocol.Directive is { } directive:
                outbox.Send(RoleAddress.Coordinator, new NodeSlow(_settings.Name, directive.Layout.Term));
                break;
            case LeaveRun:
                _protocol.Leave(outbox);
                break;
            case RunOver over:
                if (_outcome is null) _overSince = now;
                _outcome = over.Outcome;
                outbox.Do(NodeEffect.OutcomeKnown.Instance);
                break;
            case RunNews or StepTimes or NodeCounts or StepMade:
                _news.Handle(message, outbox);
                break;
            case ITensorMessage stray:
                stray.Release();
                break;
        }
    }

    private void Follow(RunDirective directive, TimeSpan now, Outbox outbox)
    {
        bool isNewer = directive.Supersedes(_protocol.Directive);
        // Also one that this node is ahead of: its coordinator has to hear of that.
        outbox.Do(new NodeEffect.DirectiveSeen(directive, isNewer));
        _protocol.Handle(directive, now, outbox);
        _news.TellEvaluations(outbox);
    }

    /// <summary>Knows which slices there are by what the protocol has wanted since; a new one hears the directive.
    /// </summary>
    private void FollowSlices(int first, Outbox outbox)
    {
        int end = outbox.Count;
        for (int i = first; i < end; i++)
        {
            switch (outbox[i].What)
            {
                case NodeEffect.StartSlice start:
                    if (_slices.Add(start.Slice))
                    {
                        outbox.Send(RoleAddress.OfSlice(start.Slice, _settings.Name), _protocol.Directive!);
                    }
                    break;
                case NodeEffect.DropSlice drop:
                    _slices.Remove(drop.Slice);
                    break;
                case NodeEffect.Advanced advanced:
                    _news.Advanced(advanced.Version, outbox);
                    break;
            }
        }
    }

    private void SendStatus(TimeSpan now, Outbox outbox)
    {
        _lastStatus = now;
        _protocol.HasNews = false;
        // The word that the run is over may have been lost: the coordinator answers by it.
        if (_settings.IsObserver && _outcome is null && _protocol.HasResult)
        {
            outbox.Send(
                RoleAddress.Coordinator, new ResultReceived(_settings.Name, _protocol.Directive!.Layout.Generation));
        }
        outbox.Send(RoleAddress.Coordinator, _protocol.Status(_settings.Endpoint, _settings.Fingerprint));
    }

    /// <summary>
    /// The run is over in this process once its outcome and, where they are wanted, its parameters are here.
    /// </summary>
    private void TryEnd(Outbox outbox)
    {
        if (_isOver || _outcome is not { } outcome) return;
        if (_settings.IsWatched && outcome.HasParameters && !_protocol.HasResult) return;
        _isOver = true;
        if (_settings.IsObserver)
        {
            // It may have heard of some by a coordinator that went on further before it was cut off.
            outcome = outcome with { History = [.. _protocol.History.TakeWhile(e => e.Step <= outcome.Step)] };
        }
        outbox.Do(new NodeEffect.Over(outcome, _protocol.Current));
    }

    /// <summary>Where the nodes ended the run without this process, nobody has its parameters any more.</summary>
    private void GiveUp(TimeSpan now, Outbox outbox)
    {
        bool isMissing = _settings.IsObserver && _outcome is { HasParameters: true } && !_protocol.HasResult;
        if (!isMissing) return;
        var waited = now - _overSince;
        if (waited >= s_resultMin)
        {
            outbox.Do(new NodeEffect.Report(
                new RunNews("the parameters of the run, which is over", waited.TotalSeconds)));
        }
        if (waited >= s_resultMax) outbox.Do(new NodeEffect.GiveUp(_outcome!));
    }
}
