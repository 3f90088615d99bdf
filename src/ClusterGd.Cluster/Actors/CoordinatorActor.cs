using Akka.Actor;
using Akka.Cluster;
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

    public CoordinatorActor(RunContext context) : base(context)
    {
        _protocol = new CoordinatorProtocol(context.Plan, new CoordinatorSettings
        {
            Name = NodeActor.NameOf(Context.System), Fingerprint = context.Fingerprint, NodesMin = context.NodesMin,
            NodesHoped = context.NodesMin, RetryInterval = RunContext.RetryInterval,
        }, Now);
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
            case SliceReached reached:
                _protocol.Handle(reached, Now, _effects);
                break;
            case ResultReceived received:
                _protocol.Handle(received, _effects);
                break;
            case ClusterEvent.MemberRemoved removed:
                _protocol.NodeLost(removed.Member.Address.ToString(), Now, _effects);
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
            case CoordinatorEffect.Broadcast broadcast:
                foreach (string node in broadcast.Nodes) NodeActor.Tell(Context, node, broadcast.Directive);
                break;
            case CoordinatorEffect.Report report:
                Run.Report(new Evaluated(report.Evaluation));
                break;
            case CoordinatorEffect.Waiting waiting:
                Run.Report(new Waiting(waiting.What, waiting.Since));
                break;
            case CoordinatorEffect.Note note:
                Run.Report(new Note(note.What));
                break;
            case CoordinatorEffect.End end:
                foreach (string node in _nodes) NodeActor.Tell(Context, node, new RunOver(end.Outcome));
                break;
            default:
                throw new InvalidOperationException($"no interpreter for {effect}");
        }
    }
}
