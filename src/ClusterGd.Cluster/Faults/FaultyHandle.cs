using Akka.Remote.Transport;
using ClusterGd.Core.Faults;
using Google.Protobuf;

namespace ClusterGd.Cluster.Faults;

/// <summary>
/// One connection of Akka's. A cut keeps everything from passing; other faults strike messages, not the hellos
/// and heartbeats of the connection itself. A control message has no checksum of its own, since TCP's has it sent
/// again: so none is spoiled here.
/// </summary>
internal sealed class FaultyHandle : AssociationHandle, IHandleEventListener
{
    /// <summary>The first byte of a unit that carries a message: its field 1, of bytes.</summary>
    private const byte MessageTag = 0x0A;

    private readonly AssociationHandle _inner;
    private readonly LiveFaults _faults;
    private volatile IHandleEventListener? _upstream;
    private volatile string? _peer;

    /// <param name="peer">host:port; null where the peer called: its hello says it.</param>
    public FaultyHandle(AssociationHandle inner, LiveFaults faults, string? peer)
        : base(inner.LocalAddress, inner.RemoteAddress)
    {
        (_inner, _faults, _peer) = (inner, faults, peer);
        _ = ReadHandlerSource.Task.ContinueWith(listener =>
        {
            _upstream = listener.Result;
            _inner.ReadHandlerSource.TrySetResult(this);
        }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    public override bool Write(ByteString payload)
    {
        if (_peer is not { } peer) return _inner.Write(payload);
        var fate = _faults.FateTo(peer, new Traffic(LinkPlane.Control, payload.Length));
        if (fate.IsPlain) return _inner.Write(payload);
        bool isMessage = payload.Length > 0 && payload[0] == MessageTag;
        bool isCut = fate.Lost is FaultKind.Partition or FaultKind.CutPair or FaultKind.LargeFrames;
        if (isCut || fate.Lost == FaultKind.Drop && isMessage) return true;
        if (!isMessage) return _inner.Write(payload);
        bool isTaken = fate.Delay > TimeSpan.Zero || _inner.Write(payload);
        if (fate.Delay > TimeSpan.Zero) WriteLater(payload, fate.Delay);
        if (fate.IsDoubled) WriteLater(payload, fate.Delay);
        return isTaken;
    }

    public void Notify(IHandleEvent ev)
    {
        if (_peer is null && ev is InboundPayload hello) _peer = HelloReader.Caller(hello.Payload);
        _upstream!.Notify(ev);
    }

    [Obsolete("Akka calls it.")]
    public override void Disassociate() => _inner.Disassociate();

    private void WriteLater(ByteString payload, TimeSpan delay) => _ = Task.Delay(delay).ContinueWith(
        _ => _inner.Write(payload), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
}
