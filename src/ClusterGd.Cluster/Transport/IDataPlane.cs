using Akka.Actor;
using ClusterGd.Core.Modes;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Transport;

/// <summary>
/// Carries tensors between nodes, past Akka's own connections. Delivery is at most once and in any order: the protocol
/// needs no more. Thread-safe.
/// </summary>
public interface IDataPlane
{
    /// <summary>Makes a node's receivers known under its name.</summary>
    void Attach(string node, IActorRef nodeActor);

    void AttachSlice(string node, int slice, IActorRef sliceActor);

    void DetachSlice(string node, int slice);

    void AttachCoordinator(IActorRef coordinator);

    void Detach(string node);

    /// <summary>Where the nodes are from now on, and the coordinator.</summary>
    void Follow(RunDirective directive);

    /// <summary>
    /// Sends a part to a slice's host; the receiver becomes owner of the sender's share of the buffer.
    /// </summary>
    void Send(string node, GradientPart part);

    /// <summary>Sends parameters to a node; the receiver becomes owner of one share of the buffer.</summary>
    void Send(string node, SlicePublished published);

    /// <summary>Sends an update to a backup; it becomes owner of one share of the buffer.</summary>
    void Send(string node, SliceUpdate update);

    /// <summary>Says to a slice's host how far its backup is: it waits for it before its next update.</summary>
    void Send(string node, BackupStep backup);

    /// <summary>Sends a worker what it is to do; the parameters are only read from now on.</summary>
    void Send(string node, Assignment assignment);

    /// <summary>Sends a worker's result to the server; the values are the server's from now on.</summary>
    void Send(string node, WorkerPush push);

    /// <summary>Sends a line of the order of application to a backup. Its result is only read.</summary>
    void Send(string node, ModeEntry entry);

    /// <summary>Sends lines of the order of application to who keeps it.</summary>
    void Send(string node, OrderPart part);

    /// <summary>Sends a slice's state to the node that takes it over. The state is only read from now on.</summary>
    void Send(string node, SliceState state);

    void SendToCoordinator(EvaluationPart part);

    /// <summary>What does not arrive here, and what is lost on the way from here; null where all is well, or
    /// nothing leaves the process.</summary>
    LinkReport? SilentLinks() => null;

    /// <summary>The run is over: nobody need find out any more whether links work.</summary>
    void RunIsOver() { }
}
