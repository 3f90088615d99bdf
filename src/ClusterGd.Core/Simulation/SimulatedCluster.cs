using System.Collections.Immutable;
using ClusterGd.Core.Data;
using ClusterGd.Core.Faults;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Core.Simulation;

/// <summary>How a simulated run ended.</summary>
/// <param name="Outcome">Null where it did not end within the time allowed.</param>
/// <param name="Parameters">The final parameters, the same on every node.</param>
/// <param name="Problem">The first broken invariant; null where all held.</param>
/// <param name="Trace">The last events, one a line, for a person who replays a failing seed.</param>
public sealed record SimulationResult(
    RunOutcome? Outcome, float[] Parameters, string? Problem, long EventCount, ImmutableArray<string> Trace);

/// <summary>
/// A whole cluster in one thread and virtual time: the protocol classes that the product runs, on a network that loses,
/// doubles, delays and so reorders messages by a seed. The same seed gives the same run, event by event.
/// </summary>
public sealed class SimulatedCluster
{
    private const int TraceLength = 200;
    private static readonly TimeSpan s_retryInterval = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(50);

    private readonly TrainingPlan _plan;
    private readonly FaultPlan _faults;
    private readonly SimulationRandom _random;
    private readonly PriorityQueue<Action, (TimeSpan At, long Sequence)> _queue = new();
    private readonly Queue<string> _trace = new();
    private readonly NodeProtocol[] _nodes;
    private readonly ParameterSlice[] _slices;
    private readonly int[] _sliceHosts;
    private readonly CoordinatorProtocol _coordinator;
    private readonly ShardComputer _computer;
    private readonly FloatPool _gradients;
    private readonly FloatPool[] _slicePools;
    private readonly TimeSpan _timeMax;
    private TimeSpan _now;
    private long _sequence, _eventCount;
    private RunOutcome? _outcome;
    private string? _problem;

    /// <param name="timeMax">Virtual time after which a run that has not ended is called stuck.</param>
    public SimulatedCluster(
        TrainingPlan plan, ShardStore store, int nodeCount, FaultPlan faults, ulong seed, TimeSpan timeMax)
    {
        _plan = plan;
        _faults = faults;
        _random = new SimulationRandom(seed);
        _timeMax = timeMax;
        _computer = new ShardComputer(plan, store);
        _gradients = new FloatPool(plan.Model.ParameterCount);
        var initial = plan.InitialParameters(store);
        _nodes = [.. Enumerable.Range(0, nodeCount).Select(i => new NodeProtocol(Name(i), plan, s_retryInterval))];
        for (int shard = 0; shard < plan.ShardCount; shard++)
        {
            _nodes[Placement.NodeOf(shard, plan.ShardCount, nodeCount)].Host(shard);
        }
        _slices = [.. Enumerable.Range(0, plan.SliceCount).Select(i => new ParameterSlice(plan, i, initial, s_retryInterval))];
        _slicePools = [.. Enumerable.Range(0, plan.SliceCount)
            .Select(i => new FloatPool(plan.SliceStarts[i + 1] - plan.SliceStarts[i]))];
        _sliceHosts = [.. Enumerable.Range(0, plan.SliceCount).Select(i => Placement.NodeOf(i, plan.SliceCount, nodeCount))];
        _coordinator = new CoordinatorProtocol(plan, "simulation", nodeCount, s_retryInterval, TimeSpan.Zero);
    }

    public SimulationResult Run()
    {
        for (int i = 0; i < _slices.Length; i++) OnSlice(i, (slice, effects) => slice.Publish(effects));
        After(TimeSpan.Zero, Tick);
        while (_outcome is null && _problem is null && _queue.TryDequeue(out var action, out var key))
        {
            _now = key.At;
            if (_now > _timeMax) _problem = $"not done after {_timeMax.TotalSeconds:F0} s of virtual time";
            else action();
            _eventCount++;
        }
        var parameters = _nodes[0].Current is { } version ? version.Parameters.ToArray() : [];
        if (_problem is null && _outcome is not null) CheckEnd();
        return new SimulationResult(_outcome, parameters, _problem, _eventCount, [.. _trace]);
    }

    private void CheckEnd()
    {
        for (int i = 0; i < _slices.Length; i++)
        {
            if (_slices[i].ShardsCounted != _slices[i].Step * _plan.ShardCount)
            {
                _problem = $"slice {i} counted {_slices[i].ShardsCounted} gradients in {_slices[i].Step} steps of " +
                    $"{_plan.ShardCount} shards";
            }
        }
    }

    private void Tick()
    {
        for (int i = 0; i < _nodes.Length; i++)
        {
            int node = i;
            var slices = Enumerable.Range(0, _slices.Length).Where(s => _sliceHosts[s] == node).ToImmutableArray();
            var status = new NodeStatus(
                Name(node), "simulation", [.. _nodes[node].Shards], slices, [.. slices.Select(s => _slices[s].Step)]);
            Send(node, 0, $"status of {Name(node)}", () => OnCoordinator((c, e) => c.Handle(status, _now, e)));
            OnNode(node, (n, effects) => n.Tick(_now, effects));
        }
        for (int i = 0; i < _slices.Length; i++) OnSlice(i, (slice, effects) => slice.Tick(_now, effects));
        OnCoordinator((c, effects) => c.Tick(_now, effects));
        After(s_tick, Tick);
    }

    private void OnCoordinator(Action<CoordinatorProtocol, List<CoordinatorEffect>> action)
    {
        var effects = new List<CoordinatorEffect>();
        action(_coordinator, effects);
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case CoordinatorEffect.Broadcast broadcast:
                    for (int i = 0; i < _nodes.Length; i++) SendDirective(i, broadcast.Directive);
                    break;
                case CoordinatorEffect.End end:
                    _outcome = end.Outcome;
                    break;
                case CoordinatorEffect.Waiting waiting:
                    Trace($"waiting for {waiting.What} since {waiting.Since.TotalSeconds:F1} s");
                    break;
                case CoordinatorEffect.Refuse refuse:
                    _problem = refuse.Reason;
                    break;
            }
        }
    }

    private void SendDirective(int node, RunDirective directive) =>
        Send(0, node, $"directive {directive.Sequence}, limit {directive.Limit}", () =>
        {
            OnNode(node, (n, effects) => n.Handle(directive, _now, effects));
            for (int s = 0; s < _slices.Length; s++)
            {
                if (_sliceHosts[s] == node) OnSlice(s, (slice, effects) => slice.Handle(directive, _now, effects));
            }
        });

    private void OnNode(int index, Action<NodeProtocol, List<NodeEffect>> action)
    {
        var effects = new List<NodeEffect>();
        action(_nodes[index], effects);
        foreach (var effect in effects) Interpret(index, effect);
    }

    private void Interpret(int node, NodeEffect effect)
    {
        switch (effect)
        {
            case NodeEffect.Compute compute:
                var sum = _computer.Gradient(compute.Shard, compute.Pass, compute.Version, _gradients, out var divergence);
                compute.Version.Values.Release();
                if (divergence is not null) _problem = divergence.What;
                Later(() => OnNode(node, (n, effects) => n.Computed(sum, effects)));
                break;
            case NodeEffect.Merge merge:
                var merged = merge.Left.Add(merge.Right);
                Later(() => OnNode(node, (n, effects) => n.Merged(merged, effects)));
                break;
            case NodeEffect.Push push:
                for (int s = 0; s < _slices.Length; s++) SendPart(node, s, push.Sum);
                push.Sum.Values.Release();
                break;
            case NodeEffect.Evaluate evaluate:
                var part = new EvaluationPart(
                    evaluate.Version.Step, evaluate.Version.IsFinal, evaluate.Set, evaluate.Shard,
                    _computer.Evaluate(evaluate.Shard, evaluate.Set, evaluate.Version));
                evaluate.Version.Values.Release();
                Later(() =>
                {
                    OnNode(node, (n, _) => n.Evaluated(evaluate.Shard, evaluate.Set));
                    Send(node, 0, $"evaluation of shard {part.Shard}", () => OnCoordinator((c, e) => c.Handle(part, _now, e)));
                });
                break;
            case NodeEffect.RequestSlice request:
                Send(node, _sliceHosts[request.Slice], $"request for slice {request.Slice}",
                    () => OnSlice(request.Slice, (slice, effects) => slice.Publish(effects)));
                break;
            case NodeEffect.AnswerHeld answer:
                Send(node, 0, "held", () => OnCoordinator((c, e) => c.Handle(answer.Message, _now, e)));
                break;
        }
    }

    /// <summary>As over a wire: every arrival has a buffer of its own.</summary>
    private void SendPart(int node, int slice, GradientSum sum)
    {
        var sent = sum.Values.Span.ToArray();
        Send(node, _sliceHosts[slice], $"gradient of {sum.Subtree}, step {sum.Step}, {sum.Pass}, to slice {slice}", () =>
        {
            var arrived = _gradients.Rent();
            sent.CopyTo(arrived.Span);
            OnSlice(slice, (s, effects) => s.Handle(new GradientPart(slice, sum with { Values = arrived }), _now, effects));
        });
    }

    private void OnSlice(int index, Action<ParameterSlice, List<SliceEffect>> action)
    {
        var effects = new List<SliceEffect>();
        action(_slices[index], effects);
        foreach (var effect in effects) Interpret(index, effect);
    }

    private void Interpret(int slice, SliceEffect effect)
    {
        int host = _sliceHosts[slice];
        switch (effect)
        {
            case SliceEffect.Publish publish:
                var sent = publish.Message.Values.Span.ToArray();
                publish.Message.Values.Release();
                for (int i = 0; i < _nodes.Length; i++) SendPublished(host, i, publish.Message, sent);
                break;
            case SliceEffect.ShareNorm share:
                for (int s = 0; s < _slices.Length; s++)
                {
                    int to = s;
                    if (to == slice) continue;
                    Send(host, _sliceHosts[to], $"norm of slice {slice}, step {share.Message.Step}",
                        () => OnSlice(to, (other, effects) => other.Handle(share.Message, effects)));
                }
                break;
            case SliceEffect.RequestGradient request:
                for (int i = 0; i < _nodes.Length; i++)
                {
                    int to = i;
                    Send(host, to, $"request for {request.Shards.Length} shards of step {request.Step}", () => OnNode(to,
                        (n, effects) => n.GradientRequested(request.Step, request.Pass, request.Shards, effects)));
                }
                break;
            case SliceEffect.RequestNorm request:
                for (int s = 0; s < _slices.Length; s++)
                {
                    int to = s;
                    if (to != slice)
                    {
                        Send(host, _sliceHosts[to], $"request for norms of step {request.Step}",
                            () => OnSlice(to, (other, effects) => other.AnswerNorm(request.Step, effects)));
                    }
                }
                break;
            case SliceEffect.Summarize summarize:
                Send(host, 0, $"summary of slice {slice}, step {summarize.Message.Step}",
                    () => OnCoordinator((c, e) => c.Handle(summarize.Message, _now, e)));
                break;
            case SliceEffect.ReportGradient report:
                Send(host, 0, $"full gradient of slice {slice}",
                    () => OnCoordinator((c, e) => c.Handle(report.Message, _now, e)));
                break;
            case SliceEffect.Diverged diverged:
                _problem = $"parameter {diverged.Parameter} is {diverged.Value} after step {diverged.Step}";
                break;
        }
    }

    private void SendPublished(int from, int node, SlicePublished message, float[] sent) =>
        Send(from, node, $"slice {message.Slice} at step {message.Step}", () =>
        {
            var arrived = _slicePools[message.Slice].Rent();
            sent.CopyTo(arrived.Span);
            OnNode(node, (n, effects) => n.Handle(message with { Values = arrived }, _now, effects));
        });

    private void Send(int from, int to, string what, Action deliver)
    {
        if (from == to)
        {
            After(TimeSpan.Zero, deliver);
            return;
        }
        if (_random.Chance(_faults.Drop))
        {
            Trace($"{what}: lost");
            return;
        }
        Deliver(what, deliver);
        if (_random.Chance(_faults.Duplicate)) Deliver(what + " (again)", deliver);
    }

    private void Deliver(string what, Action deliver) =>
        After(TimeSpan.FromMilliseconds(_random.UpTo(_faults.DelayMsMax)), () =>
        {
            Trace(what);
            deliver();
        });

    private void Later(Action action) => After(TimeSpan.FromMilliseconds(_random.UpTo(_faults.ComputeMsMax)), action);

    private void After(TimeSpan delay, Action action) => _queue.Enqueue(action, (_now + delay, _sequence++));

    private void Trace(string what)
    {
        if (_trace.Count == TraceLength) _trace.Dequeue();
        _trace.Enqueue($"{_now.TotalMilliseconds,8:F0} ms  {what}");
    }

    private static string Name(int node) => $"node-{node}";
}
