using System.Collections.Immutable;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Core.Simulation;

/// <summary>What the slices at a node want done.</summary>
internal sealed partial class SimulatedNode
{
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
                SendTensor(
                    Layout.SliceHosts[slice], 0, Trace.Text($"backup of slice {slice} at step {report.Message.Step}"),
                    node => node.OnSlice(slice, (s, effects) => s.Handle(report.Message, effects)));
                break;
            case SliceEffect.ConfirmBackup confirm:
                Send(confirm.Node, Trace.Text($"backup of slice {slice} counted in term {confirm.Message.Term}"),
                    node => node.OnSlice(slice, (s, _) => s.Handle(confirm.Message)));
                break;
            case SliceEffect.ReportReached report:
                SendToCoordinator(Trace.Text($"slice {slice} reached step {report.Message.Step}"),
                    (c, now, effects) => c.Handle(report.Message, now, effects));
                break;
            case SliceEffect.ShareNorm share:
                ToOtherSlices(slice, Trace.Text($"norm of slice {slice}, step {share.Message.Step}"),
                    (s, effects) => s.Handle(share.Message, effects));
                break;
            case SliceEffect.RequestNorm request:
                ToOtherSlices(slice, Trace.Text($"request for norms of step {request.Step}"),
                    (s, effects) => s.AnswerNorm(request.Step, effects));
                break;
            case SliceEffect.RequestGradient request:
                var wanted = Trace.Text($"request for {request.Shards.Length} shards of step {request.Step}");
                foreach (string node in Layout.Nodes)
                {
                    Send(node, wanted, to => to.OnNode((n, effects) =>
                        n.GradientRequested(request.Step, request.Pass, request.Shards, effects)));
                }
                break;
            case SliceEffect.AskStandIn ask:
                AskStandIn(ask.Node, ask.Step, ask.Shards);
                break;
            case SliceEffect.ReportSlow report:
                SendToCoordinator(Trace.Text($"{report.Message.Node} is slow"),
                    (c, now, effects) => c.Handle(report.Message, now, effects));
                break;
            case SliceEffect.Summarize summarize:
                SendToCoordinator(Trace.Text($"summary of slice {slice}, step {summarize.Message.Summary.Step}"),
                    (c, now, effects) => c.Handle(summarize.Message, now, effects));
                break;
            case SliceEffect.ReportGradient report:
                SendToCoordinator(Trace.Text($"full gradient of slice {slice}"),
                    (c, now, effects) => c.Handle(report.Message, now, effects));
                break;
            case SliceEffect.Diverged diverged:
                Report(diverged.Message);
                break;
            default:
                if (!InterpretMode(effect)) throw new InvalidOperationException($"no interpreter for {effect}");
                break;
        }
    }

    private void AskStandIn(string node, long step, ImmutableArray<int> shards) =>
        Send(node, Trace.Text($"request to stand in for {shards.Length} shards of step {step}"),
            to => to.OnNode((n, effects) => n.StandIn(step, shards, effects)));

    private void StateRequested(int slice, string from)
    {
        if (_slices.ContainsKey(slice)) OnSlice(slice, (s, effects) => s.HandOver(from, effects));
        else OnNode((node, effects) => node.StateRequested(slice, from, effects));
    }

    private void SendState(string to, SliceState state) =>
        SendTensor(to, LengthOf(state.Slice), Trace.Text($"state of slice {state.Slice} at step {state.Step}"),
            node => node.OnNode((n, effects) => n.Restored(state.Slice, state, effects)));

    private int LengthOf(int slice) => _cluster.Plan.SliceStarts[slice + 1] - _cluster.Plan.SliceStarts[slice];

    private void SendMemory(string to, long after)
    {
        var memory = Protocol.Memory(after);
        Send(to, Trace.Text($"memory"), node => node.OnNode((n, effects) => n.Handle(memory, effects)));
    }

    private void Replicate(SliceEffect.Replicate effect)
    {
        var update = effect.Update;
        int slice = update.Slice, first = _cluster.Plan.SliceStarts[slice], end = _cluster.Plan.SliceStarts[slice + 1];
        float[] sent = update.Sum.Values.Span[(first - update.Sum.First)..(end - update.Sum.First)].ToArray();
        update.Sum.Values.Release();
        var what = Trace.Text($"update of slice {slice}, step {update.Sum.Step}");
        foreach (string backup in effect.Nodes)
        {
            SendTensor(backup, sent.Length, what, node =>
            {
                if (!node.Slices.ContainsKey(slice)) return;
                var sum = update.Sum with { Values = _cluster.Copy(slice, sent), First = first };
                node.OnSlice(slice, (s, effects) => s.Handle(update with { Sum = sum }, Now, effects));
            });
        }
    }

    private ImmutableArray<string> Recipients(SlicePublished message) =>
        message.IsFinal ? [.. Layout.Nodes, .. Layout.Observers] : Layout.Nodes;

    private void Publish(SlicePublished message, ImmutableArray<string> nodes)
    {
        _cluster.Check(message);
        float[] sent = message.Values.Span.ToArray();
        message.Values.Release();
        var what = Trace.Text($"slice {message.Slice} at step {message.Step}");
        foreach (string node in nodes)
        {
            SendTensor(node, sent.Length, what, to => to.OnNode((n, effects) =>
                n.Handle(message with { Values = _cluster.Copy(message.Slice, sent) }, Now, effects)));
        }
    }

    private void ToOtherSlices(int slice, string? what, Action<ISlice, List<SliceEffect>> action)
    {
        for (int other = 0; other < Layout.SliceHosts.Length; other++)
        {
            int to = other;
            if (to != slice) Send(Layout.SliceHosts[to], what, node => node.OnSlice(to, action));
        }
    }
}
