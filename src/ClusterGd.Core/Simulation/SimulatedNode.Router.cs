using ClusterGd.Core.Faults;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Core.Simulation;

/// <summary>
/// Takes messages from role to role: what the live cluster does by reference, by Akka and by tensors.
/// </summary>
internal sealed partial class SimulatedNode
{
    /// <summary>About what the metrics of a shard take.</summary>
    private const int EvaluationFloats = 100;

    private readonly HashSet<(long, bool, Data.RowSet, int)> _evaluated = [];
    private RunDirective? _announced;
    private SlicePublished? _published;

    private void Send(RoleAddress to, object message, bool isOfCoordinator = false)
    {
        Watch(message, isOfCoordinator);
        if (IsWithin(to, message))
        {
            Receive(to, message);
            return;
        }
        // By the tensor plane the coordinator is known by the directive; what is asked for again goes by the other.
        bool isTensor = message is ITensorMessage;
        string? name = to.Node.Length > 0 ? to.Node : _place.Node;
        if (message is EvaluationPart part)
        {
            name = Protocol.Directive!.Coordinator;
            isTensor = _evaluated.Add((part.Step, part.IsFinal, part.Set, part.Shard));
        }
        var deliver = Packed(to, message);
        if (name is null || _cluster.Find(name) is not { } node) return;
        string? what = Trace.IsOn ? MessageText.Of(to, message) : null;
        if (isTensor) SendTensor(name, Traffic.Tensor(FloatsOf(message) * sizeof(float)), what, deliver);
        else if (!isOfCoordinator) Send(name, what, deliver);
        // Who is gone has no word any more.
        else Send(name, what, receiver => { if (!receiver.HasDoneWith(this)) deliver(receiver); });
    }

    /// <summary>A control message.</summary>
    private void Send(string to, string? what, Action<SimulatedNode> deliver)
    {
        if (_cluster.Find(to) is { } node) _cluster.Network.Send(this, node, Traffic.Control, what, deliver);
    }

    private void Watch(object message, bool isOfCoordinator)
    {
        if (isOfCoordinator && message is RunDirective directive && directive != _announced)
        {
            _announced = directive;
            _cluster.Announced(directive, this);
        }
        else if (message is SlicePublished published && published != _published)
        {
            _published = published;
            _cluster.Check(published);
        }
    }

    /// <summary>What a slice and its node tell each other does not wait for anything.</summary>
    private bool IsWithin(RoleAddress to, object message) => to.Node == Name && (to.Role == Role.Slice
        ? message is RunDirective or SliceState
        : message is SliceStep or StepTimes or StepMade);

    private void Receive(RoleAddress to, object message)
    {
        if (message is Pulse or TakeOverFrom) Act(_place, message);
        else if (to.Role == Role.Coordinator) ToCoordinatorHere(message);
        // By the control plane it comes to the node, which passes it on.
        else if (to.Role == Role.Slice && _slices.TryGetValue(to.Index, out var slice)) Act(slice, message);
        else if (to.Role == Role.Node || message is ISliceMessage) Act(_role, message);
        else (message as ITensorMessage)?.Release();
    }

    /// <summary>As over a wire: every arrival has a buffer of its own, of the slice's length.</summary>
    private Action<SimulatedNode> Packed(RoleAddress to, object message)
    {
        switch (message)
        {
            case GradientPart { Slice: var slice, Sum: var sum } part:
                float[] gradient = NumbersOf(slice, sum);
                return node => node.ReceiveCopy(to, slice, gradient, (values, first) =>
                    part with { Sum = sum with { Values = values, First = first } });
            case SliceUpdate { Slice: var slice, Sum: { } sum } update:
                float[] numbers = NumbersOf(slice, sum);
                return node => node.ReceiveCopy(to, slice, numbers, (values, first) =>
                    update with { Sum = sum with { Values = values, First = first } });
            case SlicePublished published:
                float[] parameters = published.Values.Span.ToArray();
                published.Values.Release();
                return node => node.ReceiveCopy(
                    to, published.Slice, parameters, (values, _) => published with { Values = values });
            case WorkerPush { Sum: var sum } push:
                float[] result = NumbersOf(0, sum);
                return node => node.ReceiveCopy(
                    to, 0, result, (values, _) => push with { Sum = sum with { Values = values } });
            case Assignment { Model: var model } assignment:
                float[] read = model.Values.Span.ToArray();
                model.Values.Release();
                return node => node.ReceiveCopy(
                    to, 0, read, (values, _) => assignment with { Model = model with { Values = values } });
            default:
                return node => node.Receive(to, message);
        }
    }

    private float[] NumbersOf(int slice, GradientSum sum)
    {
        int first = _cluster.Plan.SliceStarts[slice] - sum.First;
        float[] numbers = sum.Values.Span.Slice(first, LengthOf(slice)).ToArray();
        sum.Values.Release();
        return numbers;
    }

    private void ReceiveCopy(RoleAddress to, int slice, float[] numbers, Func<PooledFloats, int, object> message)
    {
        if (!IsAlive || to.Role == Role.Slice && !_slices.ContainsKey(to.Index)) return;
        Receive(to, message(_cluster.Copy(slice, numbers), _cluster.Plan.SliceStarts[slice]));
    }

    private int LengthOf(int slice) => _cluster.Plan.SliceStarts[slice + 1] - _cluster.Plan.SliceStarts[slice];

    private int FloatsOf(object message) => message switch
    {
        GradientPart part => LengthOf(part.Slice),
        SliceUpdate update => LengthOf(update.Slice),
        SlicePublished published => LengthOf(published.Slice),
        SliceState state => LengthOf(state.Slice),
        BackupStep => 0,
        EvaluationPart => EvaluationFloats,
        _ => LengthOf(0),
    };
}
