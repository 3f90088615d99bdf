using Akka.Actor;
using Akka.Cluster.Tools.Singleton;
using ClusterGd.Cluster.Actors;

namespace ClusterGd.Cluster.Hosting;

/// <summary>The actors of one run in one actor system.</summary>
internal sealed class RunActors
{
    /// <summary>
    /// Akka would wait as long as its split-brain resolver takes. Terms make a coordinator that lives on harmless.
    /// </summary>
    private static readonly TimeSpan s_removalMargin = TimeSpan.FromMilliseconds(1);

    private readonly ActorSystem _system;
    private readonly List<IActorRef> _actors = [];

    /// <param name="system">Of a node, or of an observer, which hosts no coordinator.</param>
    public RunActors(ActorSystem system, RunContext run)
    {
        _system = system;
        if (!run.IsObserver)
        {
            _actors.Add(system.ActorOf(ClusterSingletonManager.Props(
                Props.Create(() => new CoordinatorActor(run)), PoisonPill.Instance,
                ClusterSingletonManagerSettings.Create(system).WithSingletonName("run").WithRole(Roles.Node)
                    .WithRemovalMargin(s_removalMargin)),
                run.CoordinatorName));
        }
        Coordinator = system.ActorOf(ClusterSingletonProxy.Props(
            "/user/" + run.CoordinatorName,
            ClusterSingletonProxySettings.Create(system).WithSingletonName("run").WithRole(Roles.Node)),
            run.CoordinatorProxyName);
        Node = system.ActorOf(
            Props.Create(() => new NodeActor(run, Coordinator)).WithDispatcher(ClusterGdHosting.ComputeDispatcher),
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
