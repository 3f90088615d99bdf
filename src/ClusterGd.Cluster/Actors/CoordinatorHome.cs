using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster;
using ClusterGd.Cluster.Hosting;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Actors;

/// <summary>
/// One per node and observer of a run: has the coordinator here where <see cref="CoordinatorPlace"/> says so, and
/// passes on what is for it. What gets lost on the way is said again.
/// </summary>
/// <remarks>
/// Akka's singleton would wait until the failure detector agrees that a node is gone which is known to be dead, for
/// seconds.
/// </remarks>
internal sealed class CoordinatorHome : RoleActor
{
    private const string ChildName = "coordinator";

    private static readonly TimeSpan s_pulseInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_repeatInterval = TimeSpan.FromMilliseconds(500);

    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    private readonly Dictionary<UniqueAddress, Member> _nodes = [];
    private readonly CoordinatorPlace _place;
    private IActorRef? _here;
    private int _startCount;
    private bool _isInterrupted;

    public CoordinatorHome(RunContext context) : base(context, Context.Self) =>
        _place = new CoordinatorPlace(NodeActor.NameOf(Context.System), context.Observers);

    protected override IRole Role => _place;

    private sealed record RepeatTick
    {
        public static readonly RepeatTick Instance = new();
    }

    protected override void PreStart()
    {
        _cluster.Subscribe(
            Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent));
        Timers.StartPeriodicTimer(nameof(RepeatTick), RepeatTick.Instance, s_repeatInterval);
        // Nodes of one process are silent together.
        if (Run.Endpoint.Length > 0)
        {
            Timers.StartPeriodicTimer(nameof(ProtocolTick), ProtocolTick.Instance, TimeSpan.Zero, s_pulseInterval);
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
            case Pulse or CoordinatorSeen or TakeOverFrom or ProtocolTick:
                base.OnReceive(message);
                break;
            case RepeatTick:
                if (_isInterrupted) PassOn(new InterruptRun(), Self);
                break;
            case InterruptRun:
                _isInterrupted = true;
                PassOn(message, Self);
                break;
            default:
                PassOn(message, Sender);
                break;
        }
    }

    protected override void Do(Effect effect)
    {
        switch (effect)
        {
            case PlaceEffect.Begin:
                var home = Self;
                // A name is free only once its actor has ended.
                _here = Context.ActorOf(
                    Once(Run, () => new CoordinatorActor(Run, home)), $"{ChildName}{_startCount++}");
                break;
            case PlaceEffect.End:
                Context.Stop(_here!);
                _here = null;
                break;
            case PlaceEffect.TellHere tell:
                _here!.Tell(tell.Message, Self);
                break;
            case PlaceEffect.Report report:
                Run.Report(NodeActor.EventOf(report.News));
                break;
            case PlaceEffect.GiveUp gone:
                Run.Ended.TrySetException(new ClusterUnreachableException(NodeActor.Shorten(gone.What)));
                break;
        }
    }

    private void PassOn(object message, IActorRef sender)
    {
        if (_here is not null) _here.Tell(message, sender);
        else if (_place.Node is { } node)
        {
            Context.ActorSelection($"{node}/user/{Run.CoordinatorName}/{ChildName}*").Tell(message, sender);
        }
    }

    private void Follow(Member member)
    {
        if (!member.HasRole(Roles.Node)) return;
        bool isThere = member.Status is MemberStatus.Up or MemberStatus.WeaklyUp or MemberStatus.Leaving;
        if (isThere) _nodes[member.UniqueAddress] = member;
        else _nodes.Remove(member.UniqueAddress);
        var nodes = OldestFirst(MemberStatus.Up).AddRange(OldestFirst(MemberStatus.WeaklyUp));
        base.OnReceive(new NodesAre(nodes.IsEmpty ? OldestFirst(MemberStatus.Leaving) : nodes));
    }

    private ImmutableArray<string> OldestFirst(MemberStatus status) =>
    [
        .. _nodes.Values.Where(node => node.Status == status).OrderBy(node => node, Member.AgeOrdering)
            .Select(node => node.Address.ToString()),
    ];
}
