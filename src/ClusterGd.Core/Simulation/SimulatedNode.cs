using System.Collections.Immutable;
using ClusterGd.Core.Checkpoints;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Core.Simulation;

/// <summary>A node of a simulated cluster, or its observer: what the actors of a process are in the real one.</summary>
/// <param name="start">What an observer holds from the beginning.</param>
internal sealed class SimulatedNode(string name, SimulatedCluster cluster, Checkpoint? start = null)
{
    public static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(150);

    private readonly SortedDictionary<int, ParameterSlice> _slices = [];

    public string Name => name;

    public NodeProtocol Protocol { get; } = new(name, cluster.Plan, RetryInterval, start);

    public IReadOnlyDictionary<int, ParameterSlice> Slices => _slices;

    public bool IsAlive { get; set; } = true;

    public bool IsLeaving { get; private set; }

    private SimulatedNetwork Network => cluster.Network;

    public void Leave()
    {
        IsLeaving = true;
        OnNode((node, effects) => node.Leave(effects));
    }

    public void Tick()
    {
        OnNode((node, effects) => node.Tick(Network.Now, effects));
        foreach (int slice in _slices.Keys.ToList()) OnSlice(slice, (s, effects) => s.Tick(Network.Now, effects));
        SendStatus();
    }

    public void Receive(RunDirective directive)
    {
        OnNode((node, effects) => node.Handle(directive, Network.Now, effects));
        foreach (int slice in _slices.Keys.ToList())
        {
            OnSlice(slice, (s, effects) => s.Handle(directive, Network.Now, effects));
        }
    }

    public void OnNode(Action<NodeProtocol, List<NodeEffect>> action)
    {
        if (!IsAlive) return;
        var effects = new List<NodeEffect>();
        action(Protocol, effects);
        foreach (var effect in effects) Interpret(effect);
    }

    public void OnSlice(int index, Action<ParameterSlice, List<SliceEffect>> action)
    {
        if (!IsAlive || !_slices.TryGetValue(index, out var slice)) return;
        var effects = new List<SliceEffect>();
        action(slice, effects);
        foreach (var effect in effects) Interpret(index, effect);
    }

    private Layout Layout => Protocol.Directive!.Layout;

    private void Interpret(NodeEffect effect)
    {
        switch (effect)
        {
            case NodeEffect.Compute compute:
                var sum = cluster.Computer.Gradient(
                    compute.Shard, compute.Pass, compute.Version, cluster.Gradients, out var divergence);
                compute.Version.Values.Release();
                if (divergence is not null) cluster.Fail(divergence.What);
                Network.Later(() => OnNode((node, effects) => node.Computed(sum, effects)));
                break;
            case NodeEffect.Merge merge:
                var merged = merge.Sum();
                Network.Later(() => OnNode((node, effects) => node.Merged(merged, effects)));
                break;
            case NodeEffect.Push push:
                for (int slice = 0; slice < Layout.SliceHosts.Length; slice++) SendPart(slice, push.Sum);
                push.Sum.Values.Release();
                break;
            case NodeEffect.Evaluate evaluate:
                Evaluate(evaluate);
                break;
            case NodeEffect.Prepare prepare:
                foreach (int shard in prepare.Shards)
                {
                    Network.Later(() => OnNode((node, effects) => node.Prepared(shard, effects)));
                }
                break;
            case NodeEffect.StartSlice start:
                _slices[start.Slice] = start.State is { } state
                    ? new ParameterSlice(cluster.Plan, start.Slice, name, start.Generation, state, RetryInterval)
                    : new ParameterSlice(
                        cluster.Plan, start.Slice, name, start.Generation, cluster.Initial, RetryInterval);
                OnSlice(start.Slice, (s, effects) => s.Handle(Protocol.Directive!, Network.Now, effects));
                break;
            case NodeEffect.RestoreSlice restore:
                OnSlice(restore.Slice, (s, effects) => s.Restore(restore.State, effects));
                break;
            case NodeEffect.DropSlice drop:
                _slices.Remove(drop.Slice);
                break;
            case NodeEffect.RequestState request:
                cluster.Send(name, request.From, $"request for the state of slice {request.Slice}",
                    node => node.StateRequested(request.Slice, name));
                break;
            case NodeEffect.SendState send:
                SendState(send.Node, send.State);
                break;
            case NodeEffect.RequestMemory request:
                cluster.Send(name, request.Node, "request for memory", node => node.SendMemory(name));
                break;
            case NodeEffect.ReportCheckpoint report:
                cluster.SendToCoordinator(
                    name, $"checkpoint of step {report.Message.Step}",
                    (c, now, effects) => c.Handle(report.Message, now, effects));
                break;
            case NodeEffect.CheckpointTaken:
                break;
            case NodeEffect.RequestSlice request:
                cluster.Send(name, Layout.SliceHosts[request.Slice], $"request for slice {request.Slice}",
                    node => node.OnSlice(request.Slice, (s, effects) => s.Answer(name, effects)));
                break;
            case NodeEffect.AnswerHeld answer:
                cluster.SendToCoordinator(name, "held", (c, now, effects) => c.Handle(answer.Message, now, effects));
                break;
            case NodeEffect.ReportResult report:
                cluster.SendToCoordinator(name, "result", (c, _, effects) => c.Handle(report.Message, effects));
                break;
            case NodeEffect.StatusChanged:
                SendStatus();
                break;
            case NodeEffect.MayLeave:
                cluster.Remove(this);
                break;
            case NodeEffect.Advanced advanced:
                cluster.Advanced(advanced.Version);
                break;
        }
    }

    private void StateRequested(int slice, string from)
    {
        if (_slices.ContainsKey(slice)) OnSlice(slice, (s, effects) => s.HandOver(from, effects));
        else OnNode((node, effects) => node.StateRequested(slice, from, effects));
    }

    private void SendState(string to, SliceState state) =>
        cluster.Send(name, to, $"state of slice {state.Slice} at step {state.Step}",
            node => node.OnNode((n, effects) => n.Restored(state.Slice, state, effects)));

    private void SendMemory(string to)
    {
        var memory = Protocol.Memory();
        cluster.Send(name, to, "memory", node => node.OnNode((n, effects) => n.Handle(memory, effects)));
    }

    private void SendStatus()
    {
        if (!IsAlive || name == SimulatedCluster.Observer) return;
        foreach (var (index, slice) in _slices) Protocol.SliceAt(index, slice.Step, slice.BackupTerm);
        var status = Protocol.Status(name, SimulatedCluster.Fingerprint);
        cluster.SendToCoordinator(name, "status", (c, now, effects) => c.Handle(status, now, effects));
    }

    private void Evaluate(NodeEffect.Evaluate evaluate)
    {
        var part = new EvaluationPart(
            evaluate.Version.Step, evaluate.Version.IsFinal, evaluate.Set, evaluate.Shard,
            cluster.Computer.Evaluate(evaluate.Shard, evaluate.Set, evaluate.Version));
        evaluate.Version.Values.Release();
        Network.Later(() =>
        {
            OnNode((node, _) => node.Evaluated(evaluate.Shard, evaluate.Set));
            cluster.SendToCoordinator(
                name, $"evaluation of shard {part.Shard}", (c, now, effects) => c.Handle(part, now, effects));
        });
    }

    /// <summary>As over a wire: every arrival has a buffer of its own, of the slice's length.</summary>
    private void SendPart(int slice, GradientSum sum)
    {
        int first = cluster.Plan.SliceStarts[slice];
        float[] sent = sum.Values.Span[first..cluster.Plan.SliceStarts[slice + 1]].ToArray();
        string what = $"{sum.Pass} gradient of {sum.Subtree}, step {sum.Step}, to slice {slice}";
        cluster.Send(name, Layout.SliceHosts[slice], what, node =>
        {
            var arrived = cluster.Copy(slice, sent);
            bool isTaken = false;
            node.OnSlice(slice, (s, effects) =>
            {
                isTaken = true;
                s.Handle(new GradientPart(slice, sum with { Values = arrived, First = first }), Network.Now, effects);
            });
            if (!isTaken) arrived.Release();
        });
    }

    private void Interpret(int slice, SliceEffect effect)
    {
        switch (effect)
        {
            case SliceEffect.Publish publish:
                Publish(publish.Message, Recipients(publish.Message));
                break;
            case SliceEffect.PublishTo publish:
                Publish(publish.Message, [publish.Node]);
                break;
            case SliceEffect.SendState send:
                SendState(send.Node, send.State);
                break;
            case SliceEffect.SaveState save:
                foreach (string observer in Layout.Observers) SendState(observer, save.State);
                break;
            case SliceEffect.Replicate replicate:
                Replicate(replicate);
                break;
            case SliceEffect.ReportBackup report:
                cluster.Send(
                    name, Layout.SliceHosts[slice], $"backup of slice {slice} at step {report.Message.Step}",
                    node => node.OnSlice(slice, (s, effects) => s.Handle(report.Message, effects)));
                break;
            case SliceEffect.ConfirmBackup confirm:
                cluster.Send(name, confirm.Node, $"backup of slice {slice} counted in term {confirm.Message.Term}",
                    node => node.OnSlice(slice, (s, _) => s.Handle(confirm.Message)));
                break;
            case SliceEffect.ReportReached report:
                cluster.SendToCoordinator(name, $"slice {slice} reached step {report.Message.Step}",
                    (c, now, effects) => c.Handle(report.Message, now, effects));
                break;
            case SliceEffect.ShareNorm share:
                ToOtherSlices(
                    slice, $"norm of slice {slice}, step {share.Message.Step}",
                    (s, effects) => s.Handle(share.Message, effects));
                break;
            case SliceEffect.RequestNorm request:
                ToOtherSlices(
                    slice, $"request for norms of step {request.Step}",
                    (s, effects) => s.AnswerNorm(request.Step, effects));
                break;
            case SliceEffect.RequestGradient request:
                foreach (string node in Layout.Nodes)
                {
                    cluster.Send(name, node, $"request for {request.Shards.Length} shards of step {request.Step}", to =>
                        to.OnNode((n, effects) =>
                            n.GradientRequested(request.Step, request.Pass, request.Shards, effects)));
                }
                break;
            case SliceEffect.Summarize summarize:
                cluster.SendToCoordinator(name, $"summary of slice {slice}, step {summarize.Message.Step}",
                    (c, now, effects) => c.Handle(summarize.Message, now, effects));
                break;
            case SliceEffect.ReportGradient report:
                cluster.SendToCoordinator(
                    name, $"full gradient of slice {slice}",
                    (c, now, effects) => c.Handle(report.Message, now, effects));
                break;
            case SliceEffect.Diverged diverged:
                cluster.Fail(diverged.Message.What);
                break;
        }
    }

    private void Replicate(SliceEffect.Replicate effect)
    {
        var update = effect.Update;
        int slice = update.Slice, first = cluster.Plan.SliceStarts[slice], end = cluster.Plan.SliceStarts[slice + 1];
        float[] sent = update.Sum.Values.Span[(first - update.Sum.First)..(end - update.Sum.First)].ToArray();
        update.Sum.Values.Release();
        foreach (string backup in effect.Nodes)
        {
            cluster.Send(name, backup, $"update of slice {slice}, step {update.Sum.Step}", node =>
            {
                var arrived = cluster.Copy(slice, sent);
                bool isTaken = false;
                node.OnSlice(slice, (s, effects) =>
                {
                    isTaken = true;
                    var sum = update.Sum with { Values = arrived, First = first };
                    s.Handle(update with { Sum = sum }, Network.Now, effects);
                });
                if (!isTaken) arrived.Release();
            });
        }
    }

    private ImmutableArray<string> Recipients(SlicePublished message) =>
        message.IsFinal ? [.. Layout.Nodes, .. Layout.Observers] : Layout.Nodes;

    private void Publish(SlicePublished message, ImmutableArray<string> nodes)
    {
        float[] sent = message.Values.Span.ToArray();
        message.Values.Release();
        foreach (string node in nodes)
        {
            cluster.Send(name, node, $"slice {message.Slice} at step {message.Step}", to => to.OnNode((n, effects) =>
                n.Handle(message with { Values = cluster.Copy(message.Slice, sent) }, Network.Now, effects)));
        }
    }

    private void ToOtherSlices(int slice, string what, Action<ParameterSlice, List<SliceEffect>> action)
    {
        for (int other = 0; other < Layout.SliceHosts.Length; other++)
        {
            int to = other;
            if (to != slice) cluster.Send(name, Layout.SliceHosts[to], what, node => node.OnSlice(to, action));
        }
    }
}
