using Akka.Actor;
using Akka.Hosting;
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

    /// <summary>Leaves the cluster in good order, so that nobody waits for it, but not longer than the time given.</summary>
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
