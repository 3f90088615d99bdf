using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Remote.Transport;
using AkkaTransport = Akka.Remote.Transport.Transport;

namespace ClusterGd.Cluster.Faults;

/// <summary>Hands an actor system the faults that its control messages suffer.</summary>
internal sealed class FaultSetup(LiveFaults faults) : Setup
{
    public LiveFaults Faults => faults;
}

/// <summary>Named in the settings of an actor system under <see cref="LiveFaults"/>; Akka makes it.</summary>
public sealed class FaultyTransportProvider : ITransportAdapterProvider
{
    internal const string Name = "clustergd-faults";

    /// <summary>Without a space: Akka would take the quotes for part of it.</summary>
    internal const string TypeName = "ClusterGd.Cluster.Faults.FaultyTransportProvider,ClusterGd.Cluster";

    public AkkaTransport Create(AkkaTransport wrappedTransport, ExtendedActorSystem system)
    {
        var faults = system.Settings.Setup.Get<FaultSetup>();
        return faults.HasValue ? new FaultyTransport(wrappedTransport, faults.Value.Faults) : wrappedTransport;
    }
}

/// <summary>
/// Akka's own transport, but that what is written suffers faults. Addresses stay what they are, unlike under Akka's own
/// adapters, so that all else is as without.
/// </summary>
internal sealed class FaultyTransport : AkkaTransport, IAssociationEventListener
{
    private readonly AkkaTransport _inner;
    private readonly LiveFaults _faults;
    private volatile IAssociationEventListener? _upstream;

    public FaultyTransport(AkkaTransport inner, LiveFaults faults)
    {
        (_inner, _faults, System) = (inner, faults, inner.System);
        Config = inner.Config;
    }

    public override string SchemeIdentifier => _inner.SchemeIdentifier;

    public override long MaximumPayloadBytes => _inner.MaximumPayloadBytes;

    public override async Task<(Address, TaskCompletionSource<IAssociationEventListener>)> Listen()
    {
        var (address, downstream) = await _inner.Listen().ConfigureAwait(false);
        var upstream = new TaskCompletionSource<IAssociationEventListener>();
        _ = upstream.Task.ContinueWith(listener =>
        {
            _upstream = listener.Result;
            downstream.TrySetResult(this);
        }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return (address, upstream);
    }

    public override bool IsResponsibleFor(Address remote) => _inner.IsResponsibleFor(remote);

    public override async Task<AssociationHandle> Associate(Address remoteAddress)
    {
        var handle = await _inner.Associate(remoteAddress).ConfigureAwait(false);
        return new FaultyHandle(handle, _faults, $"{remoteAddress.Host}:{remoteAddress.Port}");
    }

    public override Task<bool> Shutdown() => _inner.Shutdown();

    public override Task<bool> ManagementCommand(object message) => _inner.ManagementCommand(message);

    public void Notify(IAssociationEvent ev) => _upstream!.Notify(
        ev is InboundAssociation inbound
            ? new InboundAssociation(new FaultyHandle(inbound.Association, _faults, null)) : ev);
}
