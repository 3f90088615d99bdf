using Akka.Actor;
using Akka.Cluster;
using ClusterGd.Cluster.Hosting;
using ClusterGd.Cluster.Wire;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Actors;

/// <summary>
/// Tells every node of the cluster of the run, again and again, hears who cannot take part, and gives up if nobody can.
/// </summary>
/// <param name="start">Nodes hoped for are filled in.</param>
/// <param name="coordinator">The way to it: told which nodes have failed.</param>
/// <param name="report">Told of refusals and waits.</param>
/// <param name="ends">What to do if the run cannot go on.</param>
internal sealed class ClientActor(
    StartRun start, ICanTell coordinator, Action<TrainingEvent> report, ClientEnds ends) : UntypedActor, IWithTimers
{
    public const string Name = "client";
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    /// <summary>After so long without a node they are looked for elsewhere.</summary>
    private static readonly TimeSpan s_absence = TimeSpan.FromSeconds(2);

    /// <summary>How long to go on if no node takes part.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    /// <summary>Most runs are prepared before anybody wonders.</summary>
    private static readonly TimeSpan s_preparingMin = TimeSpan.FromSeconds(2);

    /// <summary>An answer counts for so long.</summary>
    private static readonly TimeSpan s_answerTime = TimeSpan.FromSeconds(10);

    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (bool HasBegun, TimeSpan At)> _taken = new(StringComparer.Ordinal);
    private readonly HashSet<string> _failed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _unusable = new(StringComparer.Ordinal);
    private StartRun? _complete;
    private TimeSpan? _nobodySince, _preparingSince;

    /// <summary>The bug is of this process: all nodes are to end the run.</summary>
    public sealed record Broken(RunFailed Bug);

    public ITimerScheduler Timers { get; set; } = null!;

    private static TimeSpan Now => Context.System.Scheduler.MonotonicClock;

    protected override void PreStart() =>
        Timers.StartPeriodicTimer(nameof(ProtocolTick), ProtocolTick.Instance, TimeSpan.Zero, s_interval);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ProtocolTick:
                Submit();
                break;
            case RunTaken taken when taken.RunId == start.RunId:
                _taken[taken.Node] = (taken.HasBegun, Now);
                break;
            case RunRefused refusal when refusal.RunId == start.RunId:
                Refused(refusal);
                break;
            case RunFailed bug when bug.RunId == start.RunId:
                ends.Broken(new RoleFailedException(bug.What, bug.Trace));
                break;
            case Broken broken:
                foreach (string node in Nodes()) Host(node).Tell(broken.Bug, Self);
                break;
        }
    }

    private void Refused(RunRefused refusal)
    {
        _taken.Remove(refusal.Node);
        if (refusal.Kind == RefusalKind.Unusable) _unusable[refusal.Node] = refusal.Reason;
        if (refusal.Kind == RefusalKind.Failed)
        {
            _failed.Add(refusal.Node);
            coordinator.Tell(new NodeFailed(refusal.Node), Self);
        }
        if (GivesUpAtOnce() || !_told.Add(refusal.Node + refusal.Reason)) return;
        report(new Note(NodeActor.Shorten($"node {refusal.Node} does not take part: {refusal.Reason}")));
    }

    /// <summary>Where every node says that it can never use the job, time changes nothing.</summary>
    private bool GivesUpAtOnce()
    {
        var nodes = Nodes();
        if (nodes.Count == 0 || !nodes.All(_unusable.ContainsKey)) return false;
        var reasons = nodes.Select(node => _unusable[node]).Distinct(StringComparer.Ordinal);
        ends.Refused(NodeActor.Shorten($"No node can use the job: {string.Join("; ", reasons)}"));
        return true;
    }

    private List<string> Nodes() =>
    [
        .. _cluster.State.Members
            .Where(member => member.Status is (MemberStatus.Up or MemberStatus.WeaklyUp) && member.HasRole(Roles.Node))
            .Select(member => member.Address.ToString()),
    ];

    private static ActorSelection Host(string node) => Context.ActorSelection($"{node}/user/{HostActor.Name}");

    private void Submit()
    {
        var nodes = Nodes();
        if (nodes.Count > 0) _complete ??= start with { NodesHoped = nodes.Count };
        foreach (string node in nodes) Host(node).Tell(_complete, Self);
        WaitForSomebody(nodes);
    }

    private void WaitForSomebody(List<string> nodes)
    {
        var now = Now;
        var taking = nodes
            .Where(node => _taken.TryGetValue(node, out var taken) && now - taken.At < s_answerTime).ToList();
        if (taking.Any(node => _taken[node].HasBegun))
        {
            (_nobodySince, _preparingSince) = (null, null);
            return;
        }
        // One that has failed to prepare may fail for ever.
        int preparing = taking.Count(node => !_failed.Contains(node));
        if (preparing > 0)
        {
            _nobodySince = null;
            var since = now - (_preparingSince ??= now);
            string who = preparing == 1 ? "a node" : $"{preparing} nodes";
            if (since >= s_preparingMin) report(new Waiting($"{who} to prepare the run", since));
            return;
        }
        var waited = now - (_nobodySince ??= now);
        report(new Waiting(nodes.Count == 0 ? "a node" : "a node that takes part", waited));
        if (nodes.Count == 0 && waited >= s_absence) ends.Lost();
        else if (waited >= s_patience) ends.GiveUp(Describe(nodes));
    }

    private string Describe(List<string> nodes)
    {
        string nobody = $"no node took part for {s_patience.TotalSeconds:F0} s";
        return _told.Count > 0 ? $"{nobody}, for the reasons above" : NodeActor.Shorten(
            $"{nobody}: no answer of {string.Join(", ", nodes)} arrives here, or no question there; look at the " +
            "network, then resume the run, or train again: to the same bits");
    }
}

/// <summary>What ends a client's run before its nodes do.</summary>
/// <param name="Lost">No node is left.</param>
/// <param name="GiveUp">For the reason in the sentence.</param>
/// <param name="Refused">No node can ever use the job, as the sentence says.</param>
/// <param name="Broken">A bug on a node has ended the run.</param>
internal sealed record ClientEnds(
    Action Lost, Action<string> GiveUp, Action<string> Refused, Action<RoleFailedException> Broken);
