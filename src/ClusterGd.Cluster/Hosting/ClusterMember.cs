using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Cluster;
using Akka.Hosting;
using ClusterGd.Cluster.Actors;
using ClusterGd.Cluster.Logging;
using ClusterGd.Cluster.Transport;
using ClusterGd.Core.Options;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ClusterGd.Cluster.Hosting;

/// <summary>An actor system that is, or is to be, a member of a cluster, with the host that it lives in.</summary>
internal sealed class ClusterMember
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(50), s_endTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_socketsInterval = TimeSpan.FromSeconds(1);
    private readonly IHost _host;
    private readonly Timer? _sockets;
    private readonly IActorRef? _membership;
    private volatile IReadOnlyList<string> _knownNodes = [];

    private ClusterMember(IHost host, MemberOptions options)
    {
        _host = host;
        System = host.Services.GetRequiredService<ActorSystem>();
        Cluster = Akka.Cluster.Cluster.Get(System);
        if (!options.HasOtherProcesses) return;
        SmallSegments.SetFor(Cluster.SelfAddress.Port ?? 0);
        _sockets = new Timer(_ => RetransmissionTimers.SetAll(), null, s_socketsInterval, s_socketsInterval);
        var log = options.Loggers.CreateLogger(NodeLog.Category);
        _membership = System.ActorOf(Props.Create(() => new MembershipActor(Meet, log)), MembershipActor.Name);
    }

    public ActorSystem System { get; }

    public Akka.Cluster.Cluster Cluster { get; }

    /// <summary>Its address, by which all others know it.</summary>
    public string Name => Cluster.SelfAddress.ToString();

    /// <summary>host:port of the nodes of the cluster, those that were last there if none is left.</summary>
    public IReadOnlyList<string> KnownNodes => _knownNodes;

    private bool IsUp => Cluster.State.Members.Any(member =>
        member.UniqueAddress.Equals(Cluster.SelfUniqueAddress)
        && member.Status is (MemberStatus.Up or MemberStatus.WeaklyUp));

    /// <exception cref="InputException">The port cannot be had.</exception>
    public static async Task<ClusterMember> StartAsync(MemberOptions options)
    {
        RefuseTakenPort(options);
        var host = new HostBuilder()
            .ConfigureServices(services => services
                .AddSingleton<IHostLifetime, NoSignals>()
                .AddAkka(ClusterGdHosting.SystemName, builder => builder.AddClusterGd(options)))
            .Build();
        await host.StartAsync(CancellationToken.None).ConfigureAwait(false);
        return new ClusterMember(host, options);
    }

    /// <summary>Joins by the seeds, of which the first may form a new cluster where it is this member itself.</summary>
    /// <param name="seeds">host:port each; asked again, since they may change meanwhile.</param>
    /// <returns>Whether it is a member before the time is over.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<bool> JoinAsync(
        Func<IReadOnlyList<string>> seeds, TimeSpan timeMax, CancellationToken cancelled)
    {
        IReadOnlyList<string> asked = [];
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancelled);
        patience.CancelAfter(timeMax);
        try
        {
            // Akka's own task would wait until all members hear each other.
            while (!IsUp)
            {
                var now = seeds();
                if (now.Count > 0 && !now.SequenceEqual(asked)) Cluster.JoinSeedNodes(AddressesOf(asked = now));
                await Task.Delay(s_look, patience.Token).ConfigureAwait(false);
            }
            return true;
        }
        catch (OperationCanceledException)
        {
            cancelled.ThrowIfCancellationRequested();
            return false;
        }
    }

    /// <summary>Looks for the other nodes of a cluster that this process was in, until it is in one.</summary>
    /// <param name="others">host:port.</param>
    public void Reunite(IEnumerable<string> others) => _membership?.Tell(new MembershipActor.Reunite(
        [.. AddressesOf(others).Select(address => address.ToString())]));

    /// <summary>
    /// Leaves the cluster in good order, so that nobody waits for it, but not longer than the time given.
    /// </summary>
    public async Task LeaveAsync(TimeSpan timeMax)
    {
        using var patience = new CancellationTokenSource(timeMax);
        try
        {
            await Cluster.LeaveAsync(patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The others find out by themselves.
        }
    }

    /// <summary>Has a member removed whose process is known to be gone. Thread-safe.</summary>
    public void Remove(string node) => Cluster.Down(Address.Parse(node));

    /// <summary>Ends the actor system; does not wait for ever for an actor that is busy.</summary>
    public async Task EndAsync()
    {
        if (_sockets is not null) await _sockets.DisposeAsync().ConfigureAwait(false);
        var ending = System.Terminate();
        await Task.WhenAny(ending, Task.Delay(s_endTime)).ConfigureAwait(false);
        // Otherwise the host would wait for it without a limit.
        if (!ending.IsCompleted) return;
        ResolvedReferences.Forget(System);
        _host.Dispose();
    }

    private IEnumerable<Address> AddressesOf(IEnumerable<string> nodes) => nodes.Select(HostPort.Parse).Select(
        node => new Address(Cluster.SelfAddress.Protocol, Cluster.SelfAddress.System, node.Host, node.Port));

    private void Meet(ImmutableArray<string> nodes) =>
        _knownNodes = [.. nodes.Select(Address.Parse).Select(node => $"{node.Host}:{node.Port}")];

    /// <summary>Akka would write a page of traces.</summary>
    private static void RefuseTakenPort(MemberOptions options)
    {
        if (options.Port == 0) return;
        var address = options.IsLocal ? IPAddress.Loopback : IPAddress.Any;
        try
        {
            using var probe = new TcpListener(address, options.Port);
            probe.Start();
        }
        catch (SocketException e)
        {
            throw new InputException(e.SocketErrorCode == SocketError.AddressAlreadyInUse
                ? $"port {options.Port} on {address} is in use: end what listens there, choose another port, or 0 " +
                    "for any free one"
                : $"cannot listen on {address}:{options.Port} ({e.Message}); choose another port");
        }
    }

    /// <summary>The host's own would take the signals that the program is to hear, and end nothing.</summary>
    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
