using Akka.Actor;
using ClusterGd.Cluster.Hosting;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Actors;

/// <summary>A slice of the parameter server at a node.</summary>
public sealed class ParameterSliceActor : RoleActor
{
    private static readonly TimeSpan s_latenessInterval = TimeSpan.FromMilliseconds(20);
    private readonly int _index;
    private readonly RoleAddress _address;

    public ParameterSliceActor(string node, NodeEffect.StartSlice start, RunContext context, IActorRef home)
        : base(context, home)
    {
        _index = start.Slice;
        _address = RoleAddress.OfSlice(_index, node);
        var (plan, generation, retry) = (context.Plan, start.Generation, RunContext.RetryInterval);
        var slice = start.State is { } state
            ? Slice.Create(plan, _index, node, generation, state, retry)
            : Slice.Create(plan, _index, node, generation, context.Initial.Value, retry);
        Role = new SliceRole(slice, _index, node, plan);
    }

    protected override IRole Role { get; }

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(nameof(ProtocolTick), ProtocolTick.Instance, TimeSpan.FromMilliseconds(250));
        // Nodes of one process share its cores: none could stand in for another.
        if (_index == 0 && Run.Endpoint.Length > 0)
        {
            Timers.StartPeriodicTimer(nameof(LatenessTick), LatenessTick.Instance, s_latenessInterval);
        }
    }

    protected override void PostStop() => Run.DataPlane.Here.Detach(_address, Self);

    protected override void Do(Effect effect) => throw new InvalidOperationException($"no slice wants {effect}");
}
