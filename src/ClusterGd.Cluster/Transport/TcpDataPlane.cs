using Akka.Actor;
using ClusterGd.Cluster.Wire;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Protocol;
using MessagePack;

namespace ClusterGd.Cluster.Transport;

/// <summary>
/// Between the nodes of several processes: what is for this process is handed over by reference, the rest goes by
/// <see cref="TensorTransport"/> to where the layout says the receiver listens.
/// </summary>
public sealed class TcpDataPlane : IDataPlane, ITensorReceiver, IDisposable
{
    private readonly InProcessDataPlane _local = new();
    private readonly TensorTransport _transport;
    private readonly TrainingPlan _plan;
    private readonly string _node;
    private readonly Action<string> _note;
    private Layout? _layout;
    private string _coordinator = "";

    /// <param name="node">The name of the one node of this process.</param>
    /// <param name="note">Told, in a sentence, what a person should know of a peer.</param>
    public TcpDataPlane(
        TensorListener listener, Handshake handshake, TrainingPlan plan, string node, Action<string> note)
    {
        (_plan, _node, _note) = (plan, node, note);
        _transport = new TensorTransport(listener, handshake, this);
    }

    public TransportCounters Counters => _transport.Counters;

    public void Attach(string node, IActorRef nodeActor) => _local.Attach(node, nodeActor);

    public void AttachSlice(string node, int slice, IActorRef sliceActor) =>
        _local.AttachSlice(node, slice, sliceActor);

    public void DetachSlice(string node, int slice) => _local.DetachSlice(node, slice);

    public void AttachCoordinator(IActorRef coordinator) => _local.AttachCoordinator(coordinator);

    public void Detach(string node) => _local.Detach(node);

    public void Follow(Layout layout, string coordinator)
    {
        var before = Interlocked.Exchange(ref _layout, layout);
        Volatile.Write(ref _coordinator, coordinator);
        if (before is null || before.Term == layout.Term) return;
        foreach (string endpoint in before.Endpoints.Except(layout.Endpoints)) _transport.Disconnect(endpoint);
    }

    public void Send(string node, GradientPart part)
    {
        if (node == _node) _local.Send(node, part);
        else if (EndpointOf(node) is { } endpoint)
        {
            var sum = part.Sum;
            int first = _plan.SliceStarts[part.Slice], length = _plan.SliceStarts[part.Slice + 1] - first;
            _transport.Send(endpoint, new FrameHeader
            {
                Kind = FrameKind.GradientPart, Element = ElementType.Float32, Step = sum.Step, Pass = sum.Pass,
                Subtree = sum.Subtree, Slice = part.Slice, Count = sum.Count, LeafCount = sum.LeafCount,
                LossSum = sum.LossSum, NoiseSum = sum.NoiseSum,
            }, sum.Values, first - sum.First, length);
        }
        else part.Sum.Values.Release();
    }

    public void Send(string node, SlicePublished published)
    {
        if (node == _node) _local.Send(node, published);
        else if (EndpointOf(node) is { } endpoint)
        {
            _transport.Send(endpoint, new FrameHeader
            {
                Kind = FrameKind.SlicePublished, Element = ElementType.Float32, Step = published.Step,
                Term = published.Generation, IsFinal = published.IsFinal, Slice = published.Slice,
                LossSum = published.StepLoss,
            }, published.Values, 0, published.Values.Length);
        }
        else published.Values.Release();
    }

    public void Send(string node, SliceState state)
    {
        if (node == _node) _local.Send(node, state);
        else SendBlob(node, FrameKind.SliceState, state.Slice, Blobs.Write(state));
    }

    public void SendToCoordinator(EvaluationPart part)
    {
        string node = Volatile.Read(ref _coordinator);
        if (node == _node) _local.SendToCoordinator(part);
        else SendBlob(node, FrameKind.EvaluationPart, 0, Blobs.Write(part));
    }

    long ITensorReceiver.MaxBytes(in FrameHeader header) => header.Kind switch
    {
        FrameKind.GradientPart or FrameKind.SlicePublished when header.Slice < _plan.SliceCount =>
            (long)(_plan.SliceStarts[header.Slice + 1] - _plan.SliceStarts[header.Slice]) * sizeof(float),
        FrameKind.SliceState or FrameKind.EvaluationPart => TensorTransport.BlobBytesMax,
        _ => -1,
    };

    void ITensorReceiver.Receive(in FrameHeader header, PooledFloats values)
    {
        int first = _plan.SliceStarts[header.Slice];
        if (values.Length != _plan.SliceStarts[header.Slice + 1] - first) values.Release();
        else if (header.Kind == FrameKind.GradientPart)
        {
            _local.Send(_node, new GradientPart(header.Slice, new GradientSum(
                header.Step, header.Pass, header.Subtree, header.Count, header.LossSum, header.NoiseSum,
                header.LeafCount, values, first)));
        }
        else
        {
            _local.Send(_node, new SlicePublished(
                header.Slice, (int)header.Term, header.Step, header.IsFinal, header.LossSum, values));
        }
    }

    void ITensorReceiver.Receive(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        try
        {
            if (header.Kind == FrameKind.SliceState) _local.Send(_node, Blobs.ReadState(payload, _plan));
            else _local.SendToCoordinator(Blobs.ReadEvaluation(payload, _plan));
        }
        catch (Exception e) when (e is MessagePackSerializationException or EndOfStreamException)
        {
            _note($"bytes of kind {header.Kind} are of no use and dropped: {e.Message}");
        }
    }

    void ITensorReceiver.PeerChanged(PeerEvent happened)
    {
        if (happened.Kind == PeerEventKind.Refused) _note(happened.Reason);
    }

    public void Dispose() => _transport.Dispose();

    private void SendBlob(string node, FrameKind kind, int slice, byte[] bytes)
    {
        if (EndpointOf(node) is { } endpoint)
        {
            var header = new FrameHeader { Kind = kind, Slice = slice, Element = ElementType.Byte };
            _transport.Send(endpoint, header, bytes);
        }
    }

    private string? EndpointOf(string node) => Volatile.Read(ref _layout)?.EndpointOf(node);
}
