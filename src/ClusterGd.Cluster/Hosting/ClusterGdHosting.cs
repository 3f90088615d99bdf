using System.Globalization;
using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Hosting;
using Akka.Hosting;
using Akka.Remote.Hosting;
using ClusterGd.Cluster.Faults;
using ClusterGd.Cluster.Wire;
using Microsoft.Extensions.Logging;
using AkkaLogLevel = Akka.Event.LogLevel;

namespace ClusterGd.Cluster.Hosting;

/// <summary>The one place where a node is put together.</summary>
public static class ClusterGdHosting
{
    public const string SystemName = "clustergd";

    /// <summary>Makes an actor system a member of a cluster: remoting, membership, the wire's serializer.</summary>
    public static AkkaConfigurationBuilder AddClusterGd(this AkkaConfigurationBuilder builder, MemberOptions options)
    {
        if (options.Faults is { } faults)
        {
            builder.AddSetup(new FaultSetup(faults)).AddHocon(FaultSettings, HoconAddMode.Prepend);
        }
        builder.AddHocon(Settings(options), HoconAddMode.Prepend);
        if (AkkaLevel(options.Loggers) is { } level)
        {
            builder.ConfigureLoggers(setup =>
            {
                setup.LogLevel = level;
                setup.ClearLoggers();
                setup.AddLoggerFactory(options.Loggers);
            });
        }
        return builder
            .WithRemoting(new RemoteOptions
            {
                HostName = options.IsLocal ? "127.0.0.1" : "0.0.0.0", PublicHostName = options.Host,
                Port = options.Port,
            })
            .WithClustering(new ClusterOptions { Roles = [options.Role] })
            .WithCustomSerializer("clustergd", WireSerializer.Types, system => new WireSerializer(system));
    }

    /// <summary>
    /// Akka warns of each client that has left, and may log an error with a trace for it: its log is for Debug alone.
    /// Null for nothing.
    /// </summary>
    private static AkkaLogLevel? AkkaLevel(ILoggerFactory loggers)
    {
        var log = loggers.CreateLogger<ActorSystem>();
        return log.IsEnabled(LogLevel.Debug) ? AkkaLogLevel.DebugLevel : null;
    }

    private const string FaultSettings = $$"""
        akka.remote {
          adapters.{{FaultyTransportProvider.Name}} = "{{FaultyTransportProvider.TypeName}}"
          dot-netty.tcp.applied-adapters = ["{{FaultyTransportProvider.Name}}"]
        }
        """;

    internal const string ComputeDispatcher = "clustergd.compute";

    /// <summary>
    /// For sums and updates of parameters whose gradient comes in segments: they must not wait until a thread has
    /// computed the rest of it.
    /// </summary>
    internal const string SumsDispatcher = "clustergd.sums";

    /// <summary>
    /// What has no typed option. Intervals are short so that a cluster of one process is there in a second. Nodes of
    /// one process live and die together, so their failure detector is patient; between processes it takes about ten
    /// seconds from the last heartbeat to the removal.
    /// </summary>
    private static string Settings(MemberOptions options) => string.Create(CultureInfo.InvariantCulture, $$"""
        akka {
          loglevel = OFF
          stdout-loglevel = OFF
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
          actor.serializers.json = "{{DenySerializer.TypeName}}"
          actor.serialization-identifiers { "{{DenySerializer.TypeName}}" = 1 }
          # A process that restarts at an address has to be reached at once.
          remote.retry-gate-closed-for = 500ms
          # A job's text or a layout of many slices may be long; what comes often is far smaller than Akka's own limit.
          remote.dot-netty.tcp {
            maximum-frame-size = 64MiB, send-buffer-size = 1MiB, receive-buffer-size = 1MiB
          }
          cluster {
            periodic-tasks-initial-delay = 20ms
            gossip-interval = 100ms
            leader-actions-interval = 50ms
            retry-unsuccessful-join-after = 1s
            unreachable-nodes-reaper-interval = 100ms
            failure-detector {
              implementation-class = "{{typeof(MortalFailureDetector).AssemblyQualifiedName}}"
              heartbeat-interval = 500ms
              acceptable-heartbeat-pause = {{(options.HasOtherProcesses ? "4s" : "20s")}}
            }
            # MembershipActor does it, with evidence that Akka has not.
            downing-provider-class = "{{typeof(NoDowning).AssemblyQualifiedName}}"
            # Each judges by what it hears itself, so it has to listen to all.
            monitored-by-nr-of-members = 1000
            # A link that is down between two members must not keep others from joining.
            allow-weakly-up-members = 1s
            seed-node-timeout = 2s
            shutdown-after-unsuccessful-join-seed-nodes = off
            run-coordinated-shutdown-when-down = off
          }
          coordinated-shutdown { run-by-actor-system-terminate = off, run-by-clr-shutdown-hook = off }
        }
        clustergd.compute {
          type = ForkJoinDispatcher
          throughput = 16
          dedicated-thread-pool { thread-count = {{options.Threads}} }
        }
        clustergd.sums {
          type = ForkJoinDispatcher
          throughput = 16
          dedicated-thread-pool { thread-count = {{options.Threads}} }
        }
        """);
}
