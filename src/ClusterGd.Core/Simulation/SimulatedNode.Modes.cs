using ClusterGd.Core.Modes;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Core.Simulation;

/// <summary>What workers and server of a mode want done.</summary>
internal sealed partial class SimulatedNode
{
    private ModeComputer? _modeComputer;

    private bool InterpretMode(NodeEffect effect)
    {
        switch (effect)
        {
            case NodeEffect.ComputeAssignment compute:
                Compute(compute.Assignment);
                return true;
            case NodeEffect.PushResult push:
                var message = push.Message;
                SendTensor(
                    Layout.SliceHosts[0], LengthOf(0),
                    Trace.Text($"result {message.Sequence} of shard {message.Worker}"), node =>
                        node.OnSlice(0, (s, effects) => s.Handle(Copied(message), Now, effects)));
                return true;
            case NodeEffect.RequestAssignment request:
                Send(Layout.SliceHosts[0], Trace.Text($"request for work of shard {request.Message.Worker}"), node =>
                    node.OnSlice(0, (s, effects) => s.Handle(request.Message, effects)));
                return true;
            case NodeEffect.RequestOrder request:
                Send(Layout.SliceHosts[0], Trace.Text($"request for the order from {request.Message.From}"), node =>
                    node.OnSlice(0, (s, effects) => s.Handle(request.Message, effects)));
                return true;
            case NodeEffect.DropWorker drop:
                _modeComputer?.Forget(drop.Shard);
                return true;
            case NodeEffect.OrderGrown:
                return true;
            default:
                return false;
        }
    }

    private bool InterpretMode(SliceEffect effect)
    {
        switch (effect)
        {
            case SliceEffect.Assign assign:
                var due = assign.Assignment;
                SendTensor(
                    assign.Node, LengthOf(0), Trace.Text($"assignment {due.Sequence} of shard {due.Worker}"),
                    node => node.OnNode((n, effects) => n.Handle(due, Now, effects)));
                return true;
            case SliceEffect.ReplicateEntry replicate:
                SendTensor(
                    replicate.Node, LengthOf(0), Trace.Text($"line {replicate.Entry.Index} of the order"),
                    node => node.OnSlice(0, (s, effects) => s.Handle(replicate.Entry, Now, effects)));
                return true;
            case SliceEffect.SendOrder send:
                SendTensor(
                    send.Node, LengthOf(0), Trace.Text($"the order from {send.Part.First}"),
                    node => node.OnNode((n, effects) => n.Handle(send.Part, effects)));
                return true;
            case SliceEffect.AnswerHeld answer:
                SendToCoordinator(Trace.Text($"held at step {answer.Message.NextStep}"),
                    (c, now, effects) => c.Handle(answer.Message, now, effects));
                return true;
            default:
                return false;
        }
    }

    private void Compute(Assignment assignment)
    {
        _modeComputer ??= _cluster.NewModeComputer();
        var result = _modeComputer.Compute(assignment);
        if (result.Divergence is { } divergence) Report(divergence);
        else Later(self => self.OnNode((node, effects) => node.AssignmentComputed(assignment, result, Now, effects)));
    }

    /// <summary>As over a wire: every arrival has values of its own.</summary>
    private static WorkerPush Copied(WorkerPush push) =>
        push with { Result = push.Result with { Values = [.. push.Result.Values] } };
}
