using Akka.Actor;
using Akka.Cluster;
using ClusterGd.Cluster.Hosting;
using ClusterGd.Cluster.Wire;
using ClusterGd.Core.Checkpoints;
using ClusterGd.Core.Protocol;
using MessagePack;

namespace ClusterGd.Cluster.Actors;

/// <summary>
/// One in a run: translates between mailbox and <see cref="CoordinatorProtocol"/>. Before it decides anything it
/// asks the nodes what they remember, since it may take over from another.
/// </summary>
public sealed class CoordinatorActor : RunActor, IWithTimers
{
    private static readonly TimeSpan s_observerAbsenceMax = TimeSpan.FromSeconds(10);

    private CoordinatorProtocol _protocol;
    private readonly List<CoordinatorEffect> _effects = [];
    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    private readonly string _name = NodeActor.NameOf(Context.System);
    private readonly HashSet<string> _members = new(StringComparer.Ordinal), _known = new(StringComparer.Ordinal);
    private Recall? _recall;
    private RunOutcome? _outcome;
    private TimeSpan? _observersAbsent;

    public CoordinatorActor(RunContext context) : base(context)
    {
        _protocol = NewProtocol();
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        Run.DataPlane.AttachCoordinator(Self);
        foreach (var member in _cluster.State.Members.Where(m => m.Status != MemberStatus.Down))
        {
            _members.Add(member.Address.ToString());
        }
        _cluster.Subscribe(
            Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.MemberUp),
            typeof(ClusterEvent.MemberWeaklyUp), typeof(ClusterEvent.MemberDowned), typeof(ClusterEvent.MemberRemoved));
        Timers.StartPeriodicTimer(nameof(ProtocolTick), ProtocolTick.Instance, TimeSpan.FromMilliseconds(250));
        if (!Run.Observers.IsEmpty)
        {
            BeginRecall();
        }
        else if (Run.Keeper?.Start is { } start)
        {
            // All nodes are in this process and began with it: there is nothing to take over.
            _protocol.Handle(new CheckpointHeld(CheckpointKeeper.Name, 0, start.Step, start.Elapsed), Now, _effects);
        }
    }

    private void BeginRecall()
    {
        _recall = new Recall(Run.Observers, Now);
        Self.Tell(ProtocolTick.Instance, Self);
    }

    private CoordinatorProtocol NewProtocol() => new(Run.Plan, new CoordinatorSettings
    {
        Name = _name, Incarnation = _cluster.SelfUniqueAddress.Uid, Endpoint = Run.Endpoint,
        Fingerprint = Run.Fingerprint,
        NodesMin = Run.NodesMin, Backups = Run.Backups,
        NodesHoped = Run.NodesHoped, RetryInterval = RunContext.RetryInterval, Observers = Run.Observers,
        ObserverEndpoints = Run.ObserverEndpoints,
        HasCheckpoints = Run.Keeper is not null || !Run.Observers.IsEmpty,
    }, Now);

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    protected override void OnReceive(object message)
    {
        if (_recall is not null) Remember(_recall, message);
        else if (_outcome is not null) AnswerLate(message);
        else Handle(message);
        foreach (var effect in _effects) Interpret(effect);
        _effects.Clear();
    }

    /// <summary>Nothing else is heard until the recall is over: it will be said again.</summary>
    private void Remember(Recall recall, object message)
    {
        switch (message)
        {
            case RunMemory memory:
                if (recall.Handle(memory) is { } after) Tell(memory.Node, new RecallRun(_name, after));
                break;
            case NodeSilent silent:
                recall.NodeSilent(silent.Node);
                break;
            case ClusterEvent.MemberDowned or ClusterEvent.MemberRemoved:
                _members.Remove(((ClusterEvent.IMemberEvent)message).Member.Address.ToString());
                break;
            case ClusterEvent.MemberUp or ClusterEvent.MemberWeaklyUp:
                _members.Add(((ClusterEvent.IMemberEvent)message).Member.Address.ToString());
                break;
            case ProtocolTick:
                foreach (var (node, step) in recall.Unanswered(_members)) Tell(node, new RecallRun(_name, step));
                break;
        }
        if (recall.IsOver(_members, Now)) TakeOver(recall);
        else if (message is ProtocolTick && recall.Wait(Now) is { } wait) SayWaiting(wait, Now - recall.Since);
    }

    private void TakeOver(Recall recall)
    {
        _recall = null;
        _protocol.Resume(recall.Memories, Now, _effects);
        foreach (string host in _protocol.Hosts)
        {
            if (!_members.Contains(host)) _protocol.NodeLost(host, Now, _effects);
        }
        // Who speaks again is asked by the next recall, if there is one.
        foreach (string node in recall.Silent) _protocol.NodeSilent(node, Now, _effects);
    }

    private void Handle(object message)
    {
        switch (message)
        {
            case NodeStatus status:
                _known.Add(status.Node);
                // One that is no member any more, or not yet, would never be reported lost.
                if (_members.Contains(status.Node)) _protocol.Handle(status, Now, _effects);
                break;
            case SliceReport report:
                _protocol.Handle(report, Now, _effects);
                break;
            case SliceGradient gradient:
                _protocol.Handle(gradient, Now, _effects);
                break;
            case EvaluationPart part:
                _protocol.Handle(part, Now, _effects);
                break;
            case EvaluationBytes evaluation:
                Receive(evaluation);
                break;
            case LinkReport report when _members.Contains(report.Node):
                _protocol.Handle(report, Now, _effects);
                break;
            case Divergence divergence:
                _protocol.Handle(divergence, Now, _effects);
                break;
            case Held held:
                _protocol.Handle(held, Now, _effects);
                break;
            case SliceReached reached:
                _protocol.Handle(reached, Now, _effects);
                break;
            case NodeSlow slow:
                _protocol.Handle(slow, Now, _effects);
                break;
            case ResultReceived received:
                _protocol.Handle(received, _effects);
                break;
            case CheckpointHeld held:
                _protocol.Handle(held, Now, _effects);
                break;
            case NodeSilent silent:
                _protocol.NodeSilent(silent.Node, Now, _effects);
                break;
            case NodeFailed failed:
                // It is still a member of the cluster, for other runs.
                _protocol.NodeLost(failed.Node, Now, _effects);
                break;
            case InterruptRun:
                _protocol.Interrupt(Now, _effects);
                break;
            case ProtocolTick:
                LoseAbsentObservers();
                _protocol.Tick(Now, _effects);
                break;
            case ClusterEvent.MemberUp or ClusterEvent.MemberWeaklyUp:
                _members.Add(((ClusterEvent.IMemberEvent)message).Member.Address.ToString());
                break;
            case ClusterEvent.MemberDowned or ClusterEvent.MemberRemoved:
                // Downed is as good as removed, which comes a moment later.
                Removed(((ClusterEvent.IMemberEvent)message).Member.Address.ToString());
                break;
            case RunMemory memory:
                _protocol.Handle(memory, Now, _effects);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Receive(EvaluationBytes evaluation)
    {
        try
        {
            _protocol.Handle(Blobs.ReadEvaluation(evaluation.Bytes, Run.Plan), Now, _effects);
        }
        catch (Exception e) when (e is MessagePackSerializationException or EndOfStreamException)
        {
            Run.Report(new Note($"an evaluation is of no use and dropped: {e.Message}"));
        }
    }

    private void Removed(string node)
    {
        if (!_members.Remove(node)) return;
        if (Run.Observers.Contains(node)) _protocol.ObserverLost(node, Now, _effects);
        else _protocol.NodeLost(node, Now, _effects);
    }

    /// <summary>One that was removed before this coordinator began is reported by no event.</summary>
    private void LoseAbsentObservers()
    {
        _observersAbsent = Run.Observers.All(_members.Contains) ? null : _observersAbsent ?? Now;
        if (_observersAbsent is not { } since || Now - since < s_observerAbsenceMax) return;
        _observersAbsent = null;
        foreach (string observer in Run.Observers.Except(_members)) _protocol.ObserverLost(observer, Now, _effects);
    }

    /// <summary>Who did not hear that the run is over hears it again.</summary>
    private void AnswerLate(object message)
    {
        string? node = message switch
        {
            NodeStatus status => status.Node,
            ResultReceived received => received.Observer,
            CheckpointHeld held => held.Observer,
            _ => null,
        };
        if (node is not null) Tell(node, new RunOver(_outcome!));
        // Where there is no result, an observer has nothing that it could ask about.
        if (message is ProtocolTick)
        {
            foreach (string observer in Run.Observers) Tell(observer, new RunOver(_outcome!));
        }
    }

    private void Interpret(CoordinatorEffect effect)
    {
        switch (effect)
        {
            case CoordinatorEffect.Broadcast broadcast:
                // Also to those who take another for the coordinator and so say nothing here.
                foreach (string node in broadcast.Nodes.Union(_members)) Tell(node, broadcast.Directive);
                break;
            case CoordinatorEffect.Report report:
                // Observers learn of it by the directives.
                if (Run.Observers.IsEmpty) Run.Report(new Evaluated(report.Evaluation));
                break;
            case CoordinatorEffect.RequestMemory { Observer: CheckpointKeeper.Name }:
                Self.Tell(MemoryOf(Run.Keeper!.Start!), Self);
                break;
            case CoordinatorEffect.RequestMemory request:
                Tell(request.Observer, new RecallRun(_name, request.After));
                break;
            case CoordinatorEffect.Waiting waiting:
                SayWaiting(NodeActor.Shorten(waiting.What), waiting.Since);
                break;
            case CoordinatorEffect.Note note:
                string decision = NodeActor.Shorten(note.What);
                Say(new Note(decision), new RunNews(decision, -1));
                break;
            case CoordinatorEffect.Superseded:
                _protocol = NewProtocol();
                BeginRecall();
                break;
            case CoordinatorEffect.End end:
                // The history grows without bound: an observer has it, or this process, where all nodes are in it.
                if (Run.Observers.IsEmpty) Run.History = end.Outcome.History;
                _outcome = end.Outcome with { Reason = NodeActor.Shorten(end.Outcome.Reason), History = [] };
                foreach (string node in _known.Union(Run.Observers)) Tell(node, new RunOver(_outcome));
                break;
            default:
                throw new InvalidOperationException($"no interpreter for {effect}");
        }
    }

    private static RunMemory MemoryOf(Checkpoint start) =>
        new(CheckpointKeeper.Name, null, start.History, SliceHoldings.None, null, 0, HasMore: false);

    private void SayWaiting(string what, TimeSpan since) =>
        Say(new Waiting(what, since), new RunNews(what, since.TotalSeconds));

    private void Say(TrainingEvent here, RunNews elsewhere)
    {
        Run.Report(here);
        foreach (string observer in Run.Observers) Tell(observer, elsewhere);
    }

    private void Tell(string node, object message) => NodeActor.Tell(Context, Run, node, message);
}
