using Akka.Actor;
using ClusterGd.Cluster.Actors;

namespace ClusterGd.Cluster.Hosting;

/// <summary>The actors of one run in one actor system.</summary>
internal sealed class RunActors
{
    private readonly ActorSystem _system;
    private readonly List<IActorRef> _actors = [];

    /// <param name="system">Of a node, or of an observer.</param>
    public RunActors(ActorSystem system, RunContext run)
    {
        _system = system;
        Coordinator = system.ActorOf(RunActor.Once(run, () => new CoordinatorHome(run)), run.CoordinatorName);
        Node = system.ActorOf(
            RunActor.Once(run, () => new NodeActor(run, Coordinator))
                .WithDispatcher(ClusterGdHosting.ComputeDispatcher),
            run.NodeActorName);
        _actors.AddRange(Coordinator, Node);
    }

    /// <summary>The way to the coordinator, wherever it is.</summary>
    public IActorRef Coordinator { get; }

    public IActorRef Node { get; }

    public void Stop()
    {
        foreach (var actor in _actors) _system.Stop(actor);
    }
}
