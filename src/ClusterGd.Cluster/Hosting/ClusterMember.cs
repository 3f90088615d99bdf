using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Cluster;
using Akka.Hosting;
using ClusterGd.Cluster.Transport;
using ClusterGd.Core.Jobs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ClusterGd.Cluster.Hosting;

/// <summary>An actor system that is, or is to be, a member of a cluster, with the host that it lives in.</summary>
internal sealed class ClusterMember
{
    private static readonly TimeSpan s_socketsInterval = TimeSpan.FromSeconds(1);
    private readonly IHost _host;
    private readonly Timer? _sockets;

    private ClusterMember(IHost host, bool hasOtherProcesses)
    {
        _host = host;
        System = host.Services.GetRequiredService<ActorSystem>();
        Cluster = Akka.Cluster.Cluster.Get(System);
        if (!hasOtherProcesses) return;
        _sockets = new Timer(_ => ThinSockets.SetAll(), null, s_socketsInterval, s_socketsInterval);
    }

    public ActorSystem System { get; }

    public Akka.Cluster.Cluster Cluster { get; }

    /// <summary>Its address, by which all others know it.</summary>
    public string Name => Cluster.SelfAddress.ToString();

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
        return new ClusterMember(host, options.HasOtherProcesses);
    }

    /// <summary>Joins by the seeds, of which the first may form a new cluster where it is this member itself.</summary>
    /// <param name="seeds">host:port.</param>
    /// <returns>Whether it is a member before the time is over.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<bool> JoinAsync(IEnumerable<string> seeds, TimeSpan timeMax, CancellationToken cancelled)
    {
        var addresses = seeds.Select(HostPort.Parse).Select(seed => new Address(
            Cluster.SelfAddress.Protocol, Cluster.SelfAddress.System, seed.Host, seed.Port)).ToList();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancelled);
        patience.CancelAfter(timeMax);
        try
        {
            await Cluster.JoinSeedNodesAsync(addresses, patience.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is OperationCanceledException or ClusterJoinFailedException)
        {
            cancelled.ThrowIfCancellationRequested();
            return false;
        }
    }

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

    /// <summary>Ends the actor system at once.</summary>
    public async Task EndAsync()
    {
        if (_sockets is not null) await _sockets.DisposeAsync().ConfigureAwait(false);
        await System.Terminate().ConfigureAwait(false);
        _host.Dispose();
    }

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
