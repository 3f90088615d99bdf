using System.Collections.Immutable;

namespace ClusterGd.Cluster.Actors;

/// <summary>Time for a role to look at what is missing. Local only, as all messages of this file.</summary>
public sealed record ProtocolTick
{
    public static readonly ProtocolTick Instance = new();
}

/// <summary>A run gives these nodes work; none where no run is on. On the event stream of the actor system.</summary>
public sealed record WorkGiven(ImmutableArray<string> Nodes);
