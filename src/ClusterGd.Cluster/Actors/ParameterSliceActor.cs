using Akka.Actor;
using ClusterGd.Cluster.Hosting;
using ClusterGd.Cluster.Wire;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Actors;

/// <summary>A slice of the parameter server: translates between mailbox and <see cref="ParameterSlice"/>.</summary>
public sealed class ParameterSliceActor : RunActor, IWithTimers
{
    private readonly ParameterSlice _slice;
    private readonly List<SliceEffect> _effects = [];
    private readonly ICanTell _node = Context.ActorSelection(NodeActor.Path);
    private readonly string _nodeName = NodeActor.NameOf(Context.System);
    private readonly int _index;
    private Layout? _layout;

    public ParameterSliceActor(int index, RunContext context) : base(context)
    {
        _index = index;
        _slice = new ParameterSlice(context.Plan, index, context.Initial.Value, RunContext.RetryInterval);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        Run.DataPlane.AttachSlice(_nodeName, _index, Self);
        _node.Tell(new EntityStarted(EntityKind.Slice, _index, Self), Self);
        Timers.StartPeriodicTimer(nameof(ProtocolTick), ProtocolTick.Instance, TimeSpan.FromMilliseconds(250));
    }

    protected override void PostStop() => _node.Tell(new EntityStopped(EntityKind.Slice, _index, Self), Self);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case GradientPart part:
                _slice.Handle(part, Now, _effects);
                break;
            case SliceNorm norm:
                _slice.Handle(norm, _effects);
                break;
            case RunDirective directive:
                bool isFirst = _layout is null;
                _layout = directive.Layout;
                if (isFirst) _slice.Publish(_effects);
                _slice.Handle(directive, Now, _effects);
                break;
            case SliceRequest:
                _slice.Publish(_effects);
                break;
            case NormRequest request:
                _slice.AnswerNorm(request.Step, _effects);
                break;
            case ProtocolTick:
                _slice.Tick(Now, _effects);
                _node.Tell(new SliceStep(_index, _slice.Step), Self);
                break;
            case HostEntity:
                break;
            default:
                Unhandled(message);
                break;
        }
        if (_effects.Count == 0) return;
        foreach (var effect in _effects) Interpret(effect);
        _effects.Clear();
    }

    private void Interpret(SliceEffect effect)
    {
        switch (effect)
        {
            case SliceEffect.Publish publish:
                Publish(publish.Message);
                break;
            case SliceEffect.ShareNorm share:
                ForOtherSlices(slice => new NormFor(slice, share.Message));
                break;
            case SliceEffect.RequestNorm request:
                ForOtherSlices(slice => new NormRequest(slice, request.Step));
                break;
            case SliceEffect.RequestGradient request:
                foreach (string node in Nodes)
                {
                    NodeActor.Tell(Context, node, new GradientRequest(request.Step, request.Pass, request.Shards));
                }
                break;
            case SliceEffect.Summarize summarize:
                _node.Tell(summarize.Message, Self);
                break;
            case SliceEffect.ReportGradient report:
                _node.Tell(report.Message, Self);
                break;
            case SliceEffect.Diverged diverged:
                _node.Tell(new Divergence(diverged.Step,
                    $"parameter {diverged.Parameter} became {diverged.Value} in step {diverged.Step}: try a smaller learning rate or clipNorm"), Self);
                break;
            default:
                throw new InvalidOperationException($"no interpreter for {effect}");
        }
    }

    private IEnumerable<string> Nodes => _layout is null ? [] : _layout.Nodes;

    private void Publish(SlicePublished message)
    {
        if (_layout is { } layout)
        {
            message.Values.Retain(layout.Nodes.Length);
            foreach (string node in layout.Nodes) Run.DataPlane.Send(node, message);
        }
        message.Values.Release();
    }

    private void ForOtherSlices(Func<int, object> message)
    {
        if (_layout is not { } layout) return;
        for (int slice = 0; slice < layout.SliceHosts.Length; slice++)
        {
            if (slice != _index) NodeActor.Tell(Context, layout.SliceHosts[slice], message(slice));
        }
    }
}
