using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Transport;

/// <summary>
/// Carries tensors between nodes, past Akka's own connections. Delivery is at most once and in any order: the protocol
/// needs no more. Thread-safe.
/// </summary>
public interface IDataPlane
{
    /// <summary>The roles of this process.</summary>
    Receivers Here { get; }

    /// <summary>Where the nodes are from now on, and the coordinator.</summary>
    void Follow(RunDirective directive);

    /// <summary>
    /// Sends a message; the receiver becomes owner of the sender's share of its buffer, and what has none is only read
    /// from now on.
    /// </summary>
    /// <returns>False where the message should rather go by the control plane.</returns>
    bool Send(RoleAddress to, ITensorMessage message);

    /// <summary>What does not arrive here, and what is lost on the way from here; null where all is well, or
    /// nothing leaves the process.</summary>
    LinkReport? SilentLinks() => null;

    /// <summary>The run is over: nobody need find out any more whether links work.</summary>
    void RunIsOver() { }
}
