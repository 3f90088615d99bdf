namespace ClusterGd.Core.Protocol;

/// <summary>
/// The coordinator at one node: before it decides anything it asks all members what they remember, since it may take
/// over from another (<see cref="Recall"/>); then <see cref="CoordinatorProtocol"/> decides; once the run is over it
/// tells all that have not heard it. One owner.
/// </summary>
public sealed class CoordinatorRole : IRole
{
    /// <summary>An observer that was removed before this coordinator began is reported by no event.</summary>
    private static readonly TimeSpan s_observerAbsenceMax = TimeSpan.FromSeconds(10);

    private readonly TrainingPlan _plan;
    private readonly CoordinatorSettings _settings;
    private readonly HashSet<string> _members, _known = new(StringComparer.Ordinal);
    private readonly Outbox _wants = new();
    private CoordinatorProtocol _protocol;
    private Recall? _recall;
    private RunOutcome? _outcome;
    private TimeSpan? _observersAbsent;

    /// <param name="members">Of the cluster, observers too, as far as its node knows.</param>
    public CoordinatorRole(
        TrainingPlan plan, CoordinatorSettings settings, IEnumerable<string> members, TimeSpan now)
    {
        (_plan, _settings) = (plan, settings);
        _members = new HashSet<string>(members, StringComparer.Ordinal);
        _protocol = new CoordinatorProtocol(plan, settings, now);
    }

    /// <summary>To be called once, before anything else.</summary>
    /// <param name="start">What the run begins with where all nodes are in this process; null for step 0.</param>
    public void Begin(Checkpoint? start, TimeSpan now, Outbox outbox)
    {
        if (!_settings.Observers.IsEmpty) BeginRecall(now, outbox);
        // All nodes are in this process and began with it: there is nothing to take over.
        else if (start is not null)
        {
            Handle(new CheckpointHeld(RoleAddress.KeeperName, 0, start.Step, start.Elapsed), now, outbox);
        }
    }

    public void Handle(object message, TimeSpan now, Outbox outbox)
    {
        if (_recall is not null) Remember(_recall, message, now, outbox);
        else if (message is RecallRun ask) outbox.Send(ask.ReplyTo, _protocol.Memory(ask.After));
        else if (_outcome is not null) AnswerLate(message, outbox);
        else Dispatch(message, now);
        CarryOut(now, outbox);
    }

    public void Tick(TimeSpan now, Outbox outbox)
    {
        if (_recall is { } recall)
        {
            AskAgain(recall, outbox);
            if (recall.IsOver(_members, now)) TakeOver(recall, now);
            else if (recall.Wait(now) is { } wait) Say(new CoordinatorEffect.Waiting(wait, now - recall.Since), outbox);
        }
        else if (_outcome is not null)
        {
            // Where there is no result, an observer has nothing that it could ask about.
            foreach (string observer in _settings.Observers) TellEnd(observer, outbox);
        }
        else
        {
            LoseAbsentObservers(now);
            _protocol.Tick(now, _wants);
        }
        CarryOut(now, outbox);
    }

    private void BeginRecall(TimeSpan now, Outbox outbox)
    {
        _recall = new Recall(_settings.Observers, now);
        AskAgain(_recall, outbox);
    }

    /// <summary>Nothing else is heard until the recall is over: it will be said again.</summary>
    private void Remember(Recall recall, object message, TimeSpan now, Outbox outbox)
    {
        switch (message)
        {
            case RunMemory memory:
                if (recall.Handle(memory) is { } after) Ask(memory.Node, after, outbox);
                break;
            case NodeSilent silent:
                recall.NodeSilent(silent.Node);
                break;
            case NodeJoined joined:
                _members.Add(joined.Node);
                break;
            case NodeGone gone:
                _members.Remove(gone.Node);
                break;
        }
        if (recall.IsOver(_members, now)) TakeOver(recall, now);
    }

    private void AskAgain(Recall recall, Outbox outbox)
    {
        foreach (var (node, after) in recall.Unanswered(_members)) Ask(node, after, outbox);
    }

    private void Ask(string node, long after, Outbox outbox) => outbox.Send(
        RoleAddress.OfNode(node), new RecallRun(RoleAddress.OfCoordinatorAt(_settings.Name), after));

    private void TakeOver(Recall recall, TimeSpan now)
    {
        _recall = null;
        _protocol.Resume(recall.Memories, now, _wants);
        foreach (string host in _protocol.Hosts)
        {
            if (!_members.Contains(host)) _protocol.NodeLost(host, now, _wants);
        }
        // Who speaks again is asked by the next recall, if there is one.
        foreach (string node in recall.Silent) _protocol.NodeSilent(node, now, _wants);
    }

    private void Dispatch(object message, TimeSpan now)
    {
        switch (message)
        {
            case NodeStatus status:
                _known.Add(status.Node);
                // One that is no member any more, or not yet, would never be reported lost.
                if (_members.Contains(status.Node)) _protocol.Handle(status, now, _wants);
                break;
            case SliceReport report:
                _protocol.Handle(report, now, _wants);
                break;
            case SliceGradient gradient:
                _protocol.Handle(gradient, now, _wants);
                break;
            case EvaluationPart part:
                _protocol.Handle(part, now, _wants);
                break;
            case LinkReport report when _members.Contains(report.Node):
                _protocol.Handle(report, now, _wants);
                break;
            case Divergence divergence:
                _protocol.Handle(divergence, now, _wants);
                break;
            case Held held:
                _protocol.Handle(held, now, _wants);
                break;
            case SliceReached reached:
                _protocol.Handle(reached, now, _wants);
                break;
            case NodeSlow slow:
                _protocol.Handle(slow, now, _wants);
                break;
            case ResultReceived received:
                _protocol.Handle(received, _wants);
                break;
            case CheckpointHeld held:
                _protocol.Handle(held, now, _wants);
                break;
            case RunMemory memory:
                _protocol.Handle(memory, now, _wants);
                break;
            case NodeSilent silent:
                _protocol.NodeSilent(silent.Node, now, _wants);
                break;
            case NodeFailed failed:
                // It is still a member of the cluster, for other runs.
                _protocol.NodeLost(failed.Node, now, _wants);
                break;
            case NodeJoined joined:
                _members.Add(joined.Node);
                break;
            case NodeGone gone:
                Lose(gone.Node, now);
                break;
            case InterruptRun:
                _protocol.Interrupt(now, _wants);
                break;
        }
    }

    private void Lose(string node, TimeSpan now)
    {
        if (!_members.Remove(node)) return;
        if (_settings.Observers.Contains(node)) _protocol.ObserverLost(node, now, _wants);
        else _protocol.NodeLost(node, now, _wants);
    }

    private void LoseAbsentObservers(TimeSpan now)
    {
        _observersAbsent = _settings.Observers.All(_members.Contains) ? null : _observersAbsent ?? now;
        if (_observersAbsent is not { } since || now - since < s_observerAbsenceMax) return;
        _observersAbsent = null;
        foreach (string observer in _settings.Observers.Except(_members)) _protocol.ObserverLost(observer, now, _wants);
    }

    /// <summary>Who did not hear that the run is over hears it again.</summary>
    private void AnswerLate(object message, Outbox outbox)
    {
        string? node = message switch
        {
            NodeStatus status => status.Node,
            ResultReceived received => received.Observer,
            CheckpointHeld held => held.Observer,
            _ => null,
        };
        if (node is not null) TellEnd(node, outbox);
    }

    private void TellEnd(string node, Outbox outbox) =>
        outbox.Send(RoleAddress.OfNode(node), new RunOver(_outcome! with { History = [] }));

    private void CarryOut(TimeSpan now, Outbox outbox)
    {
        for (int i = 0; i < _wants.Count; i++)
        {
            switch (_wants[i].What)
            {
                case CoordinatorEffect.Broadcast broadcast:
                    // Also to those who take another for the coordinator and so say nothing here.
                    foreach (string node in broadcast.Nodes.Union(_members))
                    {
                        outbox.Send(RoleAddress.OfNode(node), broadcast.Directive);
                    }
                    break;
                case CoordinatorEffect.Superseded superseded:
                    outbox.Do(superseded);
                    _protocol = new CoordinatorProtocol(_plan, _settings, now);
                    BeginRecall(now, outbox);
                    break;
                case CoordinatorEffect.End end:
                    // The history grows without bound: an observer has it, or this process, where all nodes are in it.
                    _outcome = end.Outcome;
                    outbox.Do(end);
                    foreach (string node in _known.Union(_settings.Observers)) TellEnd(node, outbox);
                    break;
                case CoordinatorEffect.Waiting or CoordinatorEffect.Note:
                    Say((CoordinatorEffect)_wants[i].What, outbox);
                    break;
                case Effect effect:
                    outbox.Do(effect);
                    break;
                case var message:
                    outbox.Send(_wants[i].To, message);
                    break;
            }
        }
        _wants.Clear();
    }

    /// <summary>To people, here and where the run is followed.</summary>
    private void Say(CoordinatorEffect news, Outbox outbox)
    {
        outbox.Do(news);
        var message = news switch
        {
            CoordinatorEffect.Waiting waiting => new RunNews(waiting.What, waiting.Since.TotalSeconds),
            CoordinatorEffect.Note note => new RunNews(note.What, -1),
            _ => throw new InvalidOperationException($"{news} is no news"),
        };
        foreach (string observer in _settings.Observers) outbox.Send(RoleAddress.OfNode(observer), message);
    }
}
