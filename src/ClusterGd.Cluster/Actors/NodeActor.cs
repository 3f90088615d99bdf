using Akka.Actor;
using ClusterGd.Cluster.Hosting;
using ClusterGd.Cluster.Wire;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Actors;

/// <summary>
/// One per actor system: translates between mailbox and <see cref="NodeProtocol"/>, and passes control messages on to
/// the slices hosted here and to the coordinator.
/// </summary>
public sealed class NodeActor : RunActor, IWithTimers
{
    public const string Name = "node";
    public const string Path = "/user/" + Name;

    /// <summary>Sums shorter than this are added here; longer ones on a worker's thread.</summary>
    private const int InlineMergeLengthMax = 8192;

    private readonly NodeProtocol _protocol;
    private readonly string _name = NameOf(Context.System);
    private readonly IActorRef _coordinator;
    private readonly List<NodeEffect> _effects = [];
    private readonly IActorRef?[] _workers;
    private readonly SortedDictionary<int, (IActorRef Actor, long Step)> _slices = [];
    private readonly ProgressMeter _progress;

    public NodeActor(RunContext context, IActorRef coordinator) : base(context)
    {
        _coordinator = coordinator;
        _protocol = new NodeProtocol(_name, context.Plan, RunContext.RetryInterval);
        _workers = new IActorRef?[context.Plan.ShardCount];
        _progress = new ProgressMeter(context);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>The name of a system's node: its address.</summary>
    public static string NameOf(ActorSystem system) => Akka.Cluster.Cluster.Get(system).SelfAddress.ToString();

    /// <summary>Sends a control message to a node by name.</summary>
    public static void Tell(IActorContext context, string node, object message) =>
        context.ActorSelection(node + Path).Tell(message, context.Self);

    protected override void PreStart()
    {
        Run.DataPlane.Attach(_name, Self);
        Timers.StartPeriodicTimer(nameof(ProtocolTick), ProtocolTick.Instance, TimeSpan.Zero, TimeSpan.FromMilliseconds(100));
    }

    protected override void PostStop() => Run.DataPlane.Detach(_name);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ComputedResult computed:
                _protocol.Computed(computed.Sum, _effects);
                break;
            case MergedResult merged:
                _protocol.Merged(merged.Sum, _effects);
                break;
            case SlicePublished published:
                _protocol.Handle(published, Now, _effects);
                break;
            case RunDirective directive:
                _protocol.Handle(directive, Now, _effects);
                foreach (var (actor, _) in _slices.Values) actor.Tell(directive, Self);
                break;
            case GradientRequest request:
                _protocol.GradientRequested(request.Step, request.Pass, request.Shards, _effects);
                break;
            case EvaluatedResult evaluated:
                _protocol.Evaluated(evaluated.Shard, evaluated.Set);
                break;
            case SliceRequest request:
                ToSlice(request.Slice, request);
                break;
            case NormFor norm:
                ToSlice(norm.Slice, norm.Norm);
                break;
            case NormRequest request:
                ToSlice(request.Slice, request);
                break;
            case SliceSummary or SliceGradient or Divergence:
                _coordinator.Tell(message, Self);
                break;
            case ProtocolTick:
                _protocol.Tick(Now, _effects);
                SendStatus();
                break;
            case EntityStarted started:
                Started(started);
                break;
            case EntityStopped stopped:
                Stopped(stopped);
                break;
            case SliceStep step:
                if (_slices.TryGetValue(step.Slice, out var slice)) _slices[step.Slice] = (slice.Actor, step.Step);
                break;
            case RunOver over:
                Run.Ended.TrySetResult(new RunEnded(
                    over.Outcome, _protocol.Current is { } version ? version.Parameters.ToArray() : [.. Run.Initial.Value]));
                break;
            default:
                Unhandled(message);
                break;
        }
        for (int i = 0; i < _effects.Count; i++) Interpret(_effects[i]);
        _effects.Clear();
    }

    private void Interpret(NodeEffect effect)
    {
        switch (effect)
        {
            case NodeEffect.Compute compute:
                _workers[compute.Shard]!.Tell(compute, Self);
                break;
            case NodeEffect.Merge merge when merge.Left.Values.Length <= InlineMergeLengthMax:
                _protocol.Merged(merge.Left.Add(merge.Right), _effects);
                break;
            case NodeEffect.Merge merge:
                _workers[merge.Right.Subtree.First]!.Tell(merge, Self);
                break;
            case NodeEffect.Push push:
                Push(push.Sum);
                break;
            case NodeEffect.Evaluate evaluate:
                _workers[evaluate.Shard]!.Tell(evaluate, Self);
                break;
            case NodeEffect.RequestSlice request:
                Tell(Context, _protocol.Layout!.SliceHosts[request.Slice], new SliceRequest(request.Slice));
                break;
            case NodeEffect.AnswerHeld answer:
                _coordinator.Tell(answer.Message, Self);
                break;
            case NodeEffect.Advanced advanced:
                _progress.Advanced(advanced.Version);
                break;
            default:
                throw new InvalidOperationException($"no interpreter for {effect}");
        }
    }

    private void Push(GradientSum sum)
    {
        var hosts = _protocol.Layout!.SliceHosts;
        sum.Values.Retain(hosts.Length);
        for (int slice = 0; slice < hosts.Length; slice++) Run.DataPlane.Send(hosts[slice], new GradientPart(slice, sum));
        sum.Values.Release();
    }

    private void Started(EntityStarted started)
    {
        if (started.Kind == EntityKind.Shard)
        {
            _workers[started.Index] = started.Entity;
            _protocol.Host(started.Index);
        }
        else
        {
            _slices[started.Index] = (started.Entity, 0);
        }
        SendStatus();
    }

    private void Stopped(EntityStopped stopped)
    {
        if (stopped.Kind == EntityKind.Slice)
        {
            _slices.Remove(stopped.Index);
        }
        else if (Equals(_workers[stopped.Index], stopped.Entity))
        {
            _protocol.Unhost(stopped.Index);
        }
    }

    private void ToSlice(int slice, object message)
    {
        if (_slices.TryGetValue(slice, out var hosted)) hosted.Actor.Tell(message, Self);
    }

    private void SendStatus() => _coordinator.Tell(new NodeStatus(
        _name, Run.Fingerprint, [.. _protocol.Shards], [.. _slices.Keys], [.. _slices.Values.Select(s => s.Step)]), Self);
}
