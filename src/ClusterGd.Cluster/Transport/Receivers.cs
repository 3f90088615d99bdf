using System.Collections.Concurrent;
using Akka.Actor;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Transport;

/// <summary>The roles of a run that are in this process, by address. Buffers are handed over by reference, nothing is
/// copied. Thread-safe.</summary>
public sealed class Receivers
{
    private readonly ConcurrentDictionary<RoleAddress, IActorRef> _roles = new();

    public void Attach(RoleAddress role, IActorRef actor) => _roles[role] = actor;

    /// <summary>Nothing where another has taken its place meanwhile.</summary>
    public void Detach(RoleAddress role, IActorRef actor) =>
        _roles.TryRemove(new KeyValuePair<RoleAddress, IActorRef>(role, actor));

    /// <summary>Hands a message over; where its role is not here it is dropped, and its buffer given back.</summary>
    public void Tell(RoleAddress role, object message)
    {
        if (_roles.TryGetValue(role, out var actor)) actor.Tell(message, ActorRefs.NoSender);
        else (message as ITensorMessage)?.Release();
    }
}
