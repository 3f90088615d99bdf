using System.Collections.Immutable;
using System.Globalization;
using Akka.Actor;
using Akka.Cluster.Sharding;
using ClusterGd.Cluster.Wire;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Actors;

/// <summary>The sharded entities: names, routing and placement. One Akka shard an entity, so each is placed by itself.</summary>
public static class Entities
{
    public static string TypeName(EntityKind kind) => kind == EntityKind.Shard ? "shard" : "slice";

    public static int IndexOf(string entityId) => int.Parse(entityId, CultureInfo.InvariantCulture);

    /// <summary>The entity's number is its id and its Akka shard's.</summary>
    public sealed class Extractor : IMessageExtractor
    {
        public string? EntityId(object message) =>
            message is HostEntity host ? host.Index.ToString(CultureInfo.InvariantCulture) : null;

        public object EntityMessage(object message) => message;

        public string? ShardId(object message) => EntityId(message);

        public string ShardId(string entityId, object? messageHint = null) => entityId;
    }

    /// <summary>
    /// Contiguous, even ranges over the nodes in the order of their addresses, and no move while all of them live.
    /// </summary>
    public sealed class ContiguousAllocation(int itemCount, Address self) : IShardAllocationStrategy
    {
        public Task<IActorRef> AllocateShard(
            IActorRef requester, string shardId, IImmutableDictionary<IActorRef, IImmutableList<string>> allocations)
        {
            var regions = allocations.Keys
                .OrderBy(region => (region.Path.Address.HasLocalScope ? self : region.Path.Address).ToString(), StringComparer.Ordinal)
                .ToList();
            return Task.FromResult(regions[Placement.NodeOf(IndexOf(shardId), itemCount, regions.Count)]);
        }

        public Task<IImmutableSet<string>> Rebalance(
            IImmutableDictionary<IActorRef, IImmutableList<string>> allocations, IImmutableSet<string> inProgress) =>
            Task.FromResult<IImmutableSet<string>>(ImmutableHashSet<string>.Empty);
    }
}
