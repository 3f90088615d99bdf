using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster;
using ClusterGd.Cluster.Hosting;
using ClusterGd.Cluster.Wire;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Actors;

/// <summary>
/// One per node and observer of a run. It makes the node heard by those who may have to act without it, starts the
/// coordinator where <see cref="Succession"/> says that it is here, stops it where it is not any more, and passes on
/// what is for it. What gets lost on the way is said again.
/// </summary>
/// <remarks>
/// Akka's singleton would wait until the failure detector agrees that a node is gone which is known to be dead, for
/// seconds. For a moment there may be two coordinators: terms decide between them.
/// </remarks>
internal sealed class CoordinatorHome(RunContext context) : RunActor(context), IWithTimers
{
    private const string ChildName = "coordinator";

    /// <summary>Of so many pulses those who are no heirs send one to observers.</summary>
    private const int PulsesOfOthers = 4;
    private static readonly TimeSpan s_pulseInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_repeatInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>Above what is usual where cores are busy; and when an observer gives up.</summary>
    private static readonly TimeSpan s_unansweredMin = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_unansweredMax = TimeSpan.FromSeconds(60);

    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    private readonly Dictionary<UniqueAddress, Member> _nodes = [];
    private readonly string _name = NodeActor.NameOf(Context.System);
    private readonly Succession _succession = new(NodeActor.NameOf(Context.System));
    private readonly ObserverHearing _hearing = new(NodeActor.NameOf(Context.System));
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private IActorRef? _here;
    private ICanTell? _coordinator;
    private string? _place;
    private int _startCount, _pulseCount;
    private bool _isInterrupted;
    private (string From, string To)? _successorTold;

    private sealed record PulseTick
    {
        public static readonly PulseTick Instance = new();
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        _cluster.Subscribe(
            Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent));
        Timers.StartPeriodicTimer(nameof(ProtocolTick), ProtocolTick.Instance, s_repeatInterval);
        // Nodes of one process are silent together.
        if (Run.Endpoint.Length > 0)
        {
            Timers.StartPeriodicTimer(nameof(PulseTick), PulseTick.Instance, TimeSpan.Zero, s_pulseInterval);
        }
    }

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ClusterEvent.IMemberEvent happened:
                Follow(happened.Member);
                break;
            case Pulse pulse:
                if (Run.IsObserver || Run.Observers.Contains(pulse.Node)) _hearing.Hear(pulse.Node, pulse.Heard, Now);
                _succession.Hear(pulse.Node, Now, pulse.HearsMost, pulse.Heard);
                Place();
                break;
            case CoordinatorSeen seen:
                _succession.Follow(seen.Coordinator, seen.Term, Now);
                Place();
                break;
            case PulseTick:
                _succession.Tick(Now);
                Place();
                _hearing.Tick(_place, Now);
                MakeHeard();
                if (Run.IsObserver) SeeToCoordinator();
                break;
            case TakeOverFrom request:
                _succession.TakeOver(request.Coordinator);
                Place();
                break;
            case ProtocolTick:
                if (_isInterrupted) _coordinator?.Tell(new InterruptRun(), Self);
                break;
            case InterruptRun:
                _isInterrupted = true;
                _coordinator?.Tell(message, Self);
                break;
            default:
                _coordinator?.Tell(message, Sender);
                break;
        }
    }

    private void Follow(Member member)
    {
        if (!member.HasRole(Roles.Node)) return;
        bool isThere = member.Status is MemberStatus.Up or MemberStatus.WeaklyUp or MemberStatus.Leaving;
        if (isThere) _nodes[member.UniqueAddress] = member;
        else _nodes.Remove(member.UniqueAddress);
        var nodes = OldestFirst(MemberStatus.Up).AddRange(OldestFirst(MemberStatus.WeaklyUp));
        _succession.MembersAre(nodes.IsEmpty ? OldestFirst(MemberStatus.Leaving) : nodes);
        Place();
    }

    private ImmutableArray<string> OldestFirst(MemberStatus status) =>
    [
        .. _nodes.Values.Where(node => node.Status == status).OrderBy(node => node, Member.AgeOrdering)
            .Select(node => node.Address.ToString()),
    ];

    private void MakeHeard()
    {
        var pulse = new Pulse(_name, _succession.HearsMost, [.. _succession.Heard, .. _hearing.Heard]);
        var listeners = Run.IsObserver ? _succession.Listeners.Union(_hearing.Heard) : _succession.Listeners;
        foreach (string node in listeners) Tell(node, pulse);
        // The oldest nodes may have no part in this run: so the others make themselves heard as well, less often.
        if (Run.IsObserver || !_succession.IsJudge && _pulseCount++ % PulsesOfOthers != 0) return;
        foreach (string observer in Run.Observers) Tell(observer, pulse);
    }

    private void Tell(string process, object message) =>
        Context.ActorSelection($"{process}/user/{Run.CoordinatorName}").Tell(message, Self);

    /// <summary>An observer does not wait for one coordinator, and not for ever.</summary>
    private void SeeToCoordinator()
    {
        var waited = _hearing.Unanswered;
        if (waited < s_unansweredMin || _place is null) return;
        string place = NodeActor.Shorten(_place);
        Run.Report(new Waiting($"the coordinator at {place} and this process to hear each other", waited));
        if (waited >= s_unansweredMax)
        {
            Run.Ended.TrySetException(new ClusterUnreachableException(
                $"the coordinator at {place} and this process have not heard each other for {waited.TotalSeconds:F0} " +
                "s, and no node takes over; look at the network, then resume the run, or train again: to the same " +
                "bits"));
        }
        if (_hearing.Successor is not { } successor) return;
        Tell(successor, new TakeOverFrom(_place));
        if (_successorTold == (_place, successor)) return;
        _successorTold = (_place, successor);
        Run.Report(new Note(NodeActor.Shorten(
            $"the coordinator at {place} and this process do not hear each other; {successor} is asked to take over")));
    }

    /// <summary>Has the coordinator here if it should be, and nowhere else that this process knows of.</summary>
    private void Place()
    {
        string? place = _succession.Coordinator;
        if (place != _place)
        {
            _place = place;
            bool isHere = place == _name;
            var self = Self;
            if (!isHere && _here is not null)
            {
                Context.Stop(_here);
                _here = null;
            }
            if (isHere) _here ??= Context.ActorOf(Once(Run, () => new CoordinatorActor(Run, self)), NextName());
            _coordinator = isHere ? _here
                : place is null ? null
                : Context.ActorSelection($"{place}/user/{Run.CoordinatorName}/{ChildName}*");
            _told.Clear();
        }
        _told.IntersectWith(_succession.Silent);
        if (_here is null) return;
        foreach (string node in _succession.Silent)
        {
            if (_told.Add(node)) _here.Tell(new NodeSilent(node), Self);
        }
    }

    /// <summary>A name is free only once its actor has ended.</summary>
    private string NextName() => $"{ChildName}{_startCount++}";
}
