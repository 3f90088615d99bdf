using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Remote;

namespace ClusterGd.Cluster.Hosting;

/// <summary>
/// Akka's failure detector, which in addition can be told of deaths. Akka removes a member that is down only once a
/// detector calls it unreachable, and lets no process join at its address before. Thread-safe.
/// </summary>
/// <param name="config">As Akka gives it.</param>
/// <param name="events">Of the actor system that the detector is of.</param>
public sealed class MortalFailureDetector(Config config, EventStream events)
    : PhiAccrualFailureDetector(config, events)
{
    private static readonly ConditionalWeakTable<EventStream, Deaths> s_deaths = [];
    private readonly Deaths _deaths = s_deaths.GetOrCreateValue(events);

    private sealed class Deaths
    {
        public volatile ImmutableHashSet<string> Addresses = [];
    }

    public override bool IsAvailable => !_deaths.Addresses.Contains(Address) && base.IsAvailable;

    /// <summary>Which members of a cluster are dead; those of before are forgotten.</summary>
    internal static void SetDead(Akka.Cluster.Cluster cluster, ImmutableArray<Address> members)
    {
        s_deaths.GetOrCreateValue(cluster.System.EventStream).Addresses =
            [.. members.Select(member => member.ToString())];
        var detectors = cluster.FailureDetector;
        // Akka makes a detector at a member's first heartbeat, and takes it for alive before.
        foreach (var member in members.Where(member => !detectors.IsMonitoring(member))) detectors.Heartbeat(member);
    }
}
