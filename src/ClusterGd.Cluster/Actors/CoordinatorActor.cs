using Akka.Actor;
using Akka.Cluster;
using ClusterGd.Cluster.Hosting;
using ClusterGd.Cluster.Wire;
using ClusterGd.Core.Protocol;
using MessagePack;

namespace ClusterGd.Cluster.Actors;

/// <summary>The coordinator of a run, where it is.</summary>
public sealed class CoordinatorActor : RoleActor
{
    private readonly CoordinatorRole _role;
    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);

    public CoordinatorActor(RunContext context, IActorRef home) : base(context, home)
    {
        var settings = new CoordinatorSettings
        {
            Name = NodeActor.NameOf(Context.System), Incarnation = _cluster.SelfUniqueAddress.Uid,
            Endpoint = context.Endpoint, Fingerprint = context.Fingerprint, NodesMin = context.NodesMin,
            Backups = context.Backups, NodesHoped = context.NodesHoped, RetryInterval = RunContext.RetryInterval,
            Observers = context.Observers, ObserverEndpoints = context.ObserverEndpoints,
            HasCheckpoints = context.Keeper is not null || !context.Observers.IsEmpty,
        };
        var members = _cluster.State.Members.Where(member => member.Status != MemberStatus.Down);
        _role = new CoordinatorRole(context.Plan, settings, members.Select(member => $"{member.Address}"), Now);
    }

    protected override IRole Role => _role;

    protected override void PreStart()
    {
        Run.DataPlane.Here.Attach(RoleAddress.Coordinator, Self);
        _cluster.Subscribe(
            Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.MemberUp),
            typeof(ClusterEvent.MemberWeaklyUp), typeof(ClusterEvent.MemberDowned), typeof(ClusterEvent.MemberRemoved));
        Timers.StartPeriodicTimer(nameof(ProtocolTick), ProtocolTick.Instance, TimeSpan.FromMilliseconds(250));
        CarryOut(outbox => _role.Begin(Run.Keeper?.Start, Now, outbox));
    }

    protected override void PostStop()
    {
        _cluster.Unsubscribe(Self);
        Run.DataPlane.Here.Detach(RoleAddress.Coordinator, Self);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ClusterEvent.MemberUp or ClusterEvent.MemberWeaklyUp:
                base.OnReceive(new NodeJoined(NameOf(message)));
                break;
            // Downed is as good as removed, which comes a moment later.
            case ClusterEvent.MemberDowned or ClusterEvent.MemberRemoved:
                base.OnReceive(new NodeGone(NameOf(message)));
                break;
            case EvaluationBytes evaluation:
                Receive(evaluation);
                break;
            default:
                base.OnReceive(message);
                break;
        }
    }

    protected override void Do(Effect effect)
    {
        switch (effect)
        {
            // Observers learn of it by the directives.
            case CoordinatorEffect.Report report when Run.Observers.IsEmpty:
                Run.Report(new Evaluated(report.Evaluation));
                break;
            case CoordinatorEffect.Waiting waiting:
                Run.Report(new Waiting(NodeActor.Shorten(waiting.What), waiting.Since));
                break;
            case CoordinatorEffect.Note note:
                Run.Report(new Note(NodeActor.Shorten(note.What)));
                break;
            case CoordinatorEffect.End end when Run.Observers.IsEmpty:
                Run.History = end.Outcome.History;
                break;
        }
    }

    private void Receive(EvaluationBytes evaluation)
    {
        try
        {
            base.OnReceive(Blobs.ReadEvaluation(evaluation.Bytes, Run.Plan));
        }
        catch (Exception e) when (e is MessagePackSerializationException or EndOfStreamException)
        {
            Run.Report(new Note($"an evaluation cannot be read and is dropped: {e.Message}"));
        }
    }

    private static string NameOf(object happened) => $"{((ClusterEvent.IMemberEvent)happened).Member.Address}";
}
