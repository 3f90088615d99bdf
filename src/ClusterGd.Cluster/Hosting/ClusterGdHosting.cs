using System.Globalization;
using Akka.Actor;
using Akka.Cluster.Hosting;
using Akka.Cluster.Tools.Singleton;
using Akka.Hosting;
using Akka.Remote.Hosting;
using ClusterGd.Cluster.Actors;
using ClusterGd.Cluster.Wire;

namespace ClusterGd.Cluster.Hosting;

/// <summary>The one place where a node is put together.</summary>
public static class ClusterGdHosting
{
    public const string SystemName = "clustergd";

    /// <summary>Makes an actor system a node of a run: remoting on loopback, membership, singleton, node.</summary>
    /// <param name="threads">Compute threads of this node; ≥ 1.</param>
    public static AkkaConfigurationBuilder AddClusterGd(this AkkaConfigurationBuilder builder, RunContext context, int threads) =>
        builder
            .AddHocon(Settings(threads), HoconAddMode.Prepend)
            .WithRemoting(new RemoteOptions { HostName = "127.0.0.1", PublicHostName = "127.0.0.1", Port = 0 })
            .WithClustering(new ClusterOptions())
            .WithCustomSerializer("clustergd", WireSerializer.Types, system => new WireSerializer(system))
            .AddStartup((system, _) => StartRunActors(system, context));

    private static void StartRunActors(ActorSystem system, RunContext context)
    {
        var manager = system.ActorOf(ClusterSingletonManager.Props(
            Props.Create(() => new CoordinatorActor(context)), PoisonPill.Instance,
            ClusterSingletonManagerSettings.Create(system).WithSingletonName("run")), "coordinator");
        var coordinator = system.ActorOf(ClusterSingletonProxy.Props(
            manager.Path.ToStringWithoutAddress(),
            ClusterSingletonProxySettings.Create(system).WithSingletonName("run")), "coordinator-proxy");
        system.ActorOf(Props.Create(() => new NodeActor(context, coordinator)).WithDispatcher(ComputeDispatcher), NodeActor.Name);
    }

    internal const string ComputeDispatcher = "clustergd.compute";

    /// <summary>
    /// What has no typed option. Intervals are short so that a cluster of one process is there in a second; the
    /// failure detector is patient, since all nodes share the cores with the training.
    /// </summary>
    private static string Settings(int threads) => string.Create(CultureInfo.InvariantCulture, $$"""
        akka {
          loglevel = OFF
          stdout-loglevel = OFF
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
          actor.serializers.json = "{{DenySerializer.TypeName}}"
          actor.serialization-identifiers { "{{DenySerializer.TypeName}}" = 1 }
          cluster {
            periodic-tasks-initial-delay = 20ms
            gossip-interval = 100ms
            leader-actions-interval = 50ms
            retry-unsuccessful-join-after = 1s
            failure-detector.acceptable-heartbeat-pause = 20s
            run-coordinated-shutdown-when-down = off
            singleton.hand-over-retry-interval = 200ms
            singleton-proxy.singleton-identification-interval = 50ms
          }
          coordinated-shutdown { run-by-actor-system-terminate = off, run-by-clr-shutdown-hook = off }
        }
        clustergd.compute {
          type = ForkJoinDispatcher
          throughput = 16
          dedicated-thread-pool { thread-count = {{threads}} }
        }
        """);
}
