using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Sharding;
using ClusterGd.Cluster.Hosting;
using ClusterGd.Cluster.Wire;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Actors;

/// <summary>The cluster's singleton: translates between mailbox and <see cref="CoordinatorProtocol"/>.</summary>
public sealed class CoordinatorActor : RunActor, IWithTimers
{
    private readonly CoordinatorProtocol _protocol;
    private readonly List<CoordinatorEffect> _effects = [];
    private readonly HashSet<string> _nodes = new(StringComparer.Ordinal);
    private readonly IActorRef _shardRegion, _sliceRegion;

    private sealed record RegionCounts(int Shards, int Slices);

    private sealed record CountRegions
    {
        public static readonly CountRegions Instance = new();
    }

    public CoordinatorActor(RunContext context) : base(context)
    {
        _protocol = new CoordinatorProtocol(
            context.Plan, context.Fingerprint, context.NodesMin, RunContext.RetryInterval, Now);
        var sharding = ClusterSharding.Get(Context.System);
        _shardRegion = sharding.ShardRegion(Entities.TypeName(EntityKind.Shard));
        _sliceRegion = sharding.ShardRegion(Entities.TypeName(EntityKind.Slice));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        Run.DataPlane.AttachCoordinator(Self);
        Akka.Cluster.Cluster.Get(Context.System).Subscribe(Self, typeof(ClusterEvent.MemberRemoved));
        Timers.StartPeriodicTimer(nameof(ProtocolTick), ProtocolTick.Instance, TimeSpan.FromMilliseconds(250));
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case NodeStatus status:
                _nodes.Add(status.Node);
                _protocol.Handle(status, Now, _effects);
                break;
            case SliceSummary summary:
                _protocol.Handle(summary, Now, _effects);
                break;
            case SliceGradient gradient:
                _protocol.Handle(gradient, Now, _effects);
                break;
            case EvaluationPart part:
                _protocol.Handle(part, Now, _effects);
                break;
            case Divergence divergence:
                _protocol.Handle(divergence, _effects);
                break;
            case Held held:
                _protocol.Handle(held, Now, _effects);
                break;
            case InterruptRun:
                _protocol.Interrupt(Now, _effects);
                break;
            case ProtocolTick:
                _protocol.Tick(Now, _effects);
                break;
            case CountRegions:
                CountTheRegions();
                break;
            case RegionCounts counts:
                Place(counts);
                break;
            case ClusterEvent.MemberRemoved removed:
                _protocol.NodeLost(removed.Member.Address.ToString(), _effects);
                break;
            case ClusterEvent.CurrentClusterState:
                break;
            default:
                Unhandled(message);
                break;
        }
        foreach (var effect in _effects) Interpret(effect);
        _effects.Clear();
    }

    private void Interpret(CoordinatorEffect effect)
    {
        switch (effect)
        {
            case CoordinatorEffect.Place:
                CountTheRegions();
                break;
            case CoordinatorEffect.Broadcast broadcast:
                foreach (string node in broadcast.Directive.Layout.Nodes) NodeActor.Tell(Context, node, broadcast.Directive);
                break;
            case CoordinatorEffect.Report report:
                Run.Report(new Evaluated(report.Evaluation));
                break;
            case CoordinatorEffect.Waiting waiting:
                Run.Report(new Waiting(waiting.What, waiting.Since));
                break;
            case CoordinatorEffect.Refuse refuse:
                Run.Report(new Note(refuse.Reason));
                break;
            case CoordinatorEffect.End end:
                foreach (string node in _nodes) NodeActor.Tell(Context, node, new RunOver(end.Outcome));
                break;
            default:
                throw new InvalidOperationException($"no interpreter for {effect}");
        }
    }

    /// <summary>Entities are placed once all regions are known: else the first node would get everything.</summary>
    private void CountTheRegions()
    {
        var timeout = TimeSpan.FromSeconds(1);
        var shards = _shardRegion.Ask<CurrentRegions>(GetCurrentRegions.Instance, timeout);
        var slices = _sliceRegion.Ask<CurrentRegions>(GetCurrentRegions.Instance, timeout);
        Task.WhenAll(shards, slices)
            .ContinueWith(task => task.IsCompletedSuccessfully
                ? new RegionCounts(task.Result[0].Regions.Count, task.Result[1].Regions.Count)
                : new RegionCounts(0, 0), TaskScheduler.Default)
            .PipeTo(Self);
    }

    private void Place(RegionCounts counts)
    {
        if (counts.Shards < Run.NodesMin || counts.Slices < Run.NodesMin)
        {
            Timers.StartSingleTimer(nameof(CountRegions), CountRegions.Instance, TimeSpan.FromMilliseconds(20));
            return;
        }
        for (int shard = 0; shard < Run.Plan.ShardCount; shard++) _shardRegion.Tell(new HostEntity(EntityKind.Shard, shard));
        for (int slice = 0; slice < Run.Plan.SliceCount; slice++) _sliceRegion.Tell(new HostEntity(EntityKind.Slice, slice));
    }
}
