using Akka.Actor;
using ClusterGd.Cluster.Hosting;
using ClusterGd.Cluster.Wire;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Actors;

/// <summary>
/// Takes a role's messages to where they are for: by reference within the process, by the tensor plane, or by Akka.
/// </summary>
/// <param name="home">The way to the coordinator, wherever it is.</param>
public sealed class Router(RunContext run, IActorContext context, IActorRef home)
{
    private readonly string _name = NodeActor.NameOf(context.System);

    public IActorRef Home => home;

    public void Send(RoleAddress to, object message)
    {
        if (to.Role == Role.Keeper) AskKeeper(message);
        else if (message is ITensorMessage tensor && run.DataPlane.Send(to, tensor)) return;
        else if (to == RoleAddress.Coordinator) home.Tell(ByControl(message), context.Self);
        else if (to.Role == Role.Coordinator) Select(to.Node, run.CoordinatorName).Tell(message, context.Self);
        else if (to.Node == _name) run.DataPlane.Here.Tell(to, message);
        // A slice's node passes on what is for it.
        else Select(to.Node, run.NodeActorName).Tell(message, context.Self);
    }

    private ActorSelection Select(string node, string actor) => context.ActorSelection($"{node}/user/{actor}");

    private static object ByControl(object message) =>
        message is EvaluationPart part ? new EvaluationBytes(Blobs.Write(part)) : message;

    /// <summary>Where all nodes are in this process: what the run began with answers, or a checkpoint is saved.
    /// </summary>
    private void AskKeeper(object message)
    {
        var here = run.DataPlane.Here;
        switch (message)
        {
            case SliceState state:
                run.Keeper?.Offer(state);
                break;
            case StateRequest request:
                here.Tell(RoleAddress.OfNode(request.Node), run.Keeper!.Start!.Slices[request.Slice]);
                break;
            case RecallRun:
                here.Tell(RoleAddress.Coordinator, new RunMemory(
                    RoleAddress.KeeperName, null, run.Keeper!.Start!.History, SliceHoldings.None, null,
                    HasMore: false));
                break;
        }
    }
}
