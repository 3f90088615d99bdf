using Akka.Actor;
using Akka.Cluster;
using Akka.Hosting;
using ClusterGd.Cluster.Transport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ClusterGd.Cluster.Hosting;

/// <summary>An actor system that is, or is to be, a member of a cluster, with the host that it lives in.</summary>
internal sealed class ClusterMember
{
    private readonly IHost _host;

    private ClusterMember(IHost host)
    {
        _host = host;
        System = host.Services.GetRequiredService<ActorSystem>();
        Cluster = Akka.Cluster.Cluster.Get(System);
    }

    public ActorSystem System { get; }

    public Akka.Cluster.Cluster Cluster { get; }

    /// <summary>Its address, by which all others know it.</summary>
    public string Name => Cluster.SelfAddress.ToString();

    public static async Task<ClusterMember> StartAsync(MemberOptions options)
    {
        var host = new HostBuilder()
            .ConfigureServices(services => services.AddAkka(
                ClusterGdHosting.SystemName, builder => builder.AddClusterGd(options)))
            .Build();
        await host.StartAsync(CancellationToken.None).ConfigureAwait(false);
        return new ClusterMember(host);
    }

    /// <summary>Joins by the seeds, of which the first may form a new cluster where it is this member itself.</summary>
    /// <param name="seeds">host:port.</param>
    /// <returns>Whether it is a member before the time is over.</returns>
    public async Task<bool> JoinAsync(IEnumerable<string> seeds, TimeSpan timeMax)
    {
        var addresses = seeds.Select(HostPort.Parse).Select(seed => new Address(
            Cluster.SelfAddress.Protocol, Cluster.SelfAddress.System, seed.Host, seed.Port)).ToList();
        using var patience = new CancellationTokenSource(timeMax);
        try
        {
            await Cluster.JoinSeedNodesAsync(addresses, patience.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is OperationCanceledException or ClusterJoinFailedException)
        {
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

    /// <summary>Ends the actor system at once.</summary>
    public async Task EndAsync()
    {
        await System.Terminate().ConfigureAwait(false);
        _host.Dispose();
    }
}
