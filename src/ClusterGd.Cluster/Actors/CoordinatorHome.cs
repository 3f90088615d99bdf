using Akka.Actor;
using Akka.Cluster;
using ClusterGd.Cluster.Hosting;
using ClusterGd.Cluster.Wire;

namespace ClusterGd.Cluster.Actors;

/// <summary>
/// One per node and observer of a run. The coordinator is at the oldest node that is up: this starts it where that is
/// this one, stops it where it is not any more, and passes on what is for it. What gets lost on the way is said again.
/// </summary>
/// <remarks>
/// Akka's singleton would wait until the failure detector agrees that a node is gone which is known to be dead, for
/// seconds. For a moment there may be two coordinators: terms decide between them.
/// </remarks>
internal sealed class CoordinatorHome : UntypedActor, IWithTimers
{
    private const string ChildName = "coordinator";
    private static readonly TimeSpan s_repeatInterval = TimeSpan.FromMilliseconds(500);

    private readonly RunContext _run;
    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    private readonly Dictionary<UniqueAddress, Member> _nodes = [];
    private IActorRef? _here;
    private ICanTell? _coordinator;
    private int _startCount;
    private bool _isInterrupted;

    public CoordinatorHome(RunContext run) => _run = run;

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        _cluster.Subscribe(
            Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent));
        Timers.StartPeriodicTimer(nameof(ProtocolTick), ProtocolTick.Instance, s_repeatInterval);
    }

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ClusterEvent.IMemberEvent happened:
                Follow(happened.Member);
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
        if (member.Status is MemberStatus.Up or MemberStatus.Leaving) _nodes[member.UniqueAddress] = member;
        else _nodes.Remove(member.UniqueAddress);
        var place = Oldest(MemberStatus.Up) ?? Oldest(MemberStatus.Leaving);
        bool isHere = place?.UniqueAddress == _cluster.SelfUniqueAddress;
        if (!isHere && _here is not null)
        {
            Context.Stop(_here);
            _here = null;
        }
        if (isHere) _here ??= Context.ActorOf(Props.Create(() => new CoordinatorActor(_run)), NextName());
        _coordinator = isHere ? _here
            : place is null ? null
            : Context.ActorSelection($"{place.Address}/user/{_run.CoordinatorName}/{ChildName}*");
    }

    /// <summary>A name is free only once its actor has ended.</summary>
    private string NextName() => $"{ChildName}{_startCount++}";

    private Member? Oldest(MemberStatus status)
    {
        Member? oldest = null;
        foreach (var node in _nodes.Values)
        {
            if (node.Status == status && (oldest is null || node.IsOlderThan(oldest))) oldest = node;
        }
        return oldest;
    }
}
