using Akka.Actor;
using ClusterGd.Cluster.Hosting;
using ClusterGd.Cluster.Wire;
using ClusterGd.Core.Events;
using ClusterGd.Core.Modes;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Actors;

/// <summary>A slice of the parameter server: translates between mailbox and <see cref="ISlice"/>.</summary>
public sealed class ParameterSliceActor : RunActor, IWithTimers
{
    private static readonly TimeSpan s_latenessInterval = TimeSpan.FromMilliseconds(20);
    private readonly ISlice _slice;
    private readonly List<SliceEffect> _effects = [];
    private readonly IActorRef _node = Context.Parent;
    private readonly string _nodeName;
    private readonly int _index;
    private readonly StepClock _clock;
    private Layout? _layout;
    private long _comparedTold;

    public ParameterSliceActor(string node, NodeEffect.StartSlice start, RunContext context) : base(context)
    {
        _nodeName = node;
        _index = start.Slice;
        _clock = new StepClock(_index, node, context.Plan.ShardCount);
        var (plan, generation, retry) = (context.Plan, start.Generation, RunContext.RetryInterval);
        _slice = start.State is { } state
            ? ISlice.Create(plan, _index, node, generation, state, retry)
            : ISlice.Create(plan, _index, node, generation, context.Initial.Value, retry);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        Run.DataPlane.AttachSlice(_nodeName, _index, Self);
        Timers.StartPeriodicTimer(nameof(ProtocolTick), ProtocolTick.Instance, TimeSpan.FromMilliseconds(250));
        // Nodes of one process share its cores: none could stand in for another.
        if (_index == 0 && Run.Endpoint.Length > 0)
        {
            Timers.StartPeriodicTimer(nameof(LatenessTick), LatenessTick.Instance, s_latenessInterval);
        }
    }

    protected override void PostStop() => Run.DataPlane.DetachSlice(_nodeName, _index);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case GradientPart part:
                _clock.Arrived(part, FineNow);
                _slice.Handle(part, Now, _effects);
                break;
            case SliceUpdate update:
                _slice.Handle(update, Now, _effects);
                break;
            case BackupStep backup:
                _slice.Handle(backup, _effects);
                break;
            case BackupCounted counted:
                _slice.Handle(counted);
                TellStep();
                break;
            case SliceState state:
                _slice.Restore(state, _effects);
                break;
            case SliceNorm norm:
                _slice.Handle(norm, _effects);
                break;
            case RunDirective directive:
                if (_layout is null || directive.Layout.Term >= _layout.Term) _layout = directive.Layout;
                _slice.Handle(directive, Now, _effects);
                _clock.Limited(directive.Limit, FineNow);
                break;
            case WorkerPush push:
                _slice.Handle(push, Now, _effects);
                break;
            case AssignmentRequest request:
                _slice.Handle(request, _effects);
                break;
            case ModeEntry entry:
                _slice.Handle(entry, Now, _effects);
                break;
            case OrderRequest request:
                _slice.Handle(request, _effects);
                break;
            case SliceRequest request:
                _slice.Answer(request.Node, _effects);
                break;
            case StateRequest request:
                _slice.HandOver(request.Node, _effects);
                break;
            case NormRequest request:
                _slice.AnswerNorm(request.Step, _effects);
                break;
            case ProtocolTick:
                _slice.Tick(Now, _effects);
                TellStep();
                TellTimes();
                break;
            case LatenessTick:
                _slice.LookForLate(Now, _effects);
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
                _clock.Published(publish.Message.Step, FineNow);
                Publish(publish.Message);
                break;
            case SliceEffect.PublishTo publish:
                _clock.Published(publish.Message.Step, FineNow);
                Run.DataPlane.Send(publish.Node, publish.Message);
                break;
            case SliceEffect.SendState send:
                Run.DataPlane.Send(send.Node, send.State);
                break;
            case SliceEffect.SaveState save:
                Save(save.State);
                break;
            case SliceEffect.Replicate replicate:
                replicate.Update.Sum.Values.Retain(replicate.Nodes.Length);
                foreach (string node in replicate.Nodes) Run.DataPlane.Send(node, replicate.Update);
                replicate.Update.Sum.Values.Release();
                break;
            case SliceEffect.ReportBackup report:
                if (_layout is { } layout) Run.DataPlane.Send(layout.SliceHosts[_index], report.Message);
                break;
            case SliceEffect.ConfirmBackup confirm:
                NodeActor.Tell(Context, Run, confirm.Node, confirm.Message);
                break;
            case SliceEffect.ReportReached report:
                _node.Tell(report.Message, Self);
                break;
            case SliceEffect.ShareNorm share:
                ForOtherSlices(slice => new NormFor(slice, share.Message));
                break;
            case SliceEffect.RequestNorm request:
                ForOtherSlices(slice => new NormRequest(slice, request.Step));
                break;
            case SliceEffect.Assign assign:
                Run.DataPlane.Send(assign.Node, assign.Assignment);
                break;
            case SliceEffect.ReplicateEntry replicate:
                Run.DataPlane.Send(replicate.Node, replicate.Entry);
                break;
            case SliceEffect.SendOrder send:
                Run.DataPlane.Send(send.Node, send.Part);
                break;
            case SliceEffect.AnswerHeld answer:
                _node.Tell(answer.Message, Self);
                break;
            case SliceEffect.RequestGradient request:
                foreach (string node in Nodes)
                {
                    NodeActor.Tell(Context, Run, node, new GradientRequest(request.Step, request.Pass, request.Shards));
                }
                break;
            case SliceEffect.AskStandIn ask:
                NodeActor.Tell(Context, Run, ask.Node, new StandInRequest(ask.Step, ask.Shards));
                break;
            case SliceEffect.ReportSlow report:
                _node.Tell(report.Message, Self);
                break;
            case SliceEffect.Summarize summarize:
                _node.Tell(summarize.Message, Self);
                break;
            case SliceEffect.ReportGradient report:
                _node.Tell(report.Message, Self);
                break;
            case SliceEffect.Diverged diverged:
                _node.Tell(diverged.Message, Self);
                break;
            default:
                throw new InvalidOperationException($"no interpreter for {effect}");
        }
    }

    private void TellStep()
    {
        long compared = _slice.ComparedCount - _comparedTold;
        _comparedTold += compared;
        _node.Tell(new SliceStep(_index, _slice.Step, _slice.BackupTerm, compared), Self);
        if (_slice.Progress is { } progress && _layout?.SliceHosts[_index] == _nodeName)
        {
            _node.Tell(new StepMade(progress.Step, progress.Loss), Self);
        }
    }

    /// <summary>Only synchronous steps have a length.</summary>
    private void TellTimes()
    {
        if (!Run.Plan.Mode.IsSynchronous) return;
        if (_clock.Take(FineNow, _slice.DescribeWait) is { } times) _node.Tell(times, Self);
    }

    private IEnumerable<string> Nodes => _layout is null ? [] : _layout.Nodes;

    private void Publish(SlicePublished message)
    {
        if (_layout is { } layout)
        {
            // Observers want no more than the result.
            var observers = message.IsFinal ? layout.Observers : [];
            message.Values.Retain(layout.Nodes.Length + observers.Length);
            foreach (string node in layout.Nodes) Run.DataPlane.Send(node, message);
            foreach (string observer in observers) Run.DataPlane.Send(observer, message);
        }
        message.Values.Release();
    }

    private void Save(SliceState state)
    {
        if (Run.Observers.IsEmpty) Run.Keeper?.Offer(state);
        foreach (string observer in _layout!.Observers) Run.DataPlane.Send(observer, state);
    }

    private void ForOtherSlices(Func<int, object> message)
    {
        if (_layout is not { } layout) return;
        for (int slice = 0; slice < layout.SliceHosts.Length; slice++)
        {
            if (slice != _index) NodeActor.Tell(Context, Run, layout.SliceHosts[slice], message(slice));
        }
    }
}
