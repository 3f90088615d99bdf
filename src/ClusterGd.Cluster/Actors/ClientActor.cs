using Akka.Actor;
using Akka.Cluster;
using ClusterGd.Cluster.Hosting;
using ClusterGd.Cluster.Wire;

namespace ClusterGd.Cluster.Actors;

/// <summary>Tells every node of the cluster of the run, again and again, and hears who cannot take part.</summary>
/// <param name="start">Nodes hoped for are filled in.</param>
internal sealed class ClientActor(StartRun start, Action<string> refused) : UntypedActor, IWithTimers
{
    public const string Name = "client";
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);
    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private StartRun? _complete;

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() =>
        Timers.StartPeriodicTimer(nameof(ProtocolTick), ProtocolTick.Instance, TimeSpan.Zero, s_interval);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ProtocolTick:
                Submit();
                break;
            case RunRefused refusal when refusal.RunId == start.RunId && _told.Add(refusal.Node + refusal.Reason):
                refused(NodeActor.Shorten($"node {refusal.Node} does not take part: {refusal.Reason}"));
                break;
        }
    }

    private void Submit()
    {
        var nodes = _cluster.State.Members
            .Where(member => member.Status == MemberStatus.Up && member.HasRole(Roles.Node)).ToList();
        if (nodes.Count == 0) return;
        _complete ??= start with { NodesHoped = nodes.Count };
        foreach (var node in nodes)
        {
            Context.ActorSelection($"{node.Address}/user/{HostActor.Name}").Tell(_complete, Self);
        }
    }
}
