using Akka.Actor;
using Akka.Cluster;
using ClusterGd.Cluster.Hosting;
using ClusterGd.Cluster.Wire;

namespace ClusterGd.Cluster.Actors;

/// <summary>
/// Tells every node of the cluster of the run, again and again, hears who cannot take part, and gives up if nobody can.
/// </summary>
/// <param name="start">Nodes hoped for are filled in.</param>
/// <param name="report">Told of refusals and waits.</param>
/// <param name="lost">Told that no node is left.</param>
/// <param name="giveUp">Told why, in a sentence.</param>
/// <param name="refused">Told why no node can ever use the job, in a sentence.</param>
internal sealed class ClientActor(
    StartRun start, Action<TrainingEvent> report, Action lost, Action<string> giveUp, Action<string> refused)
    : UntypedActor, IWithTimers
{
    public const string Name = "client";
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    /// <summary>After so long without a node they are looked for elsewhere.</summary>
    private static readonly TimeSpan s_absence = TimeSpan.FromSeconds(2);

    /// <summary>How long to go on if no node takes part.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    /// <summary>An answer counts for so long.</summary>
    private static readonly TimeSpan s_answerTime = TimeSpan.FromSeconds(10);

    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TimeSpan> _taken = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _refusedForGood = new(StringComparer.Ordinal);
    private StartRun? _complete;
    private TimeSpan? _nobodySince;

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
                _taken[taken.Node] = Now;
                break;
            case RunRefused refusal when refusal.RunId == start.RunId:
                _taken.Remove(refusal.Node);
                if (refusal.IsForGood) _refusedForGood[refusal.Node] = refusal.Reason;
                if (GivesUpAtOnce()) return;
                if (!_told.Add(refusal.Node + refusal.Reason)) return;
                report(new Note(NodeActor.Shorten($"node {refusal.Node} does not take part: {refusal.Reason}")));
                break;
        }
    }

    /// <summary>Where every node says that it can never use the job, time changes nothing.</summary>
    private bool GivesUpAtOnce()
    {
        var nodes = Nodes();
        if (nodes.Count == 0 || !nodes.All(_refusedForGood.ContainsKey)) return false;
        var reasons = nodes.Select(node => _refusedForGood[node]).Distinct(StringComparer.Ordinal);
        refused(NodeActor.Shorten($"No node can use the job: {string.Join("; ", reasons)}"));
        return true;
    }

    private List<string> Nodes() =>
    [
        .. _cluster.State.Members
            .Where(member => member.Status is (MemberStatus.Up or MemberStatus.WeaklyUp) && member.HasRole(Roles.Node))
            .Select(member => member.Address.ToString()),
    ];

    private void Submit()
    {
        var nodes = Nodes();
        if (nodes.Count > 0) _complete ??= start with { NodesHoped = nodes.Count };
        foreach (string node in nodes) Context.ActorSelection($"{node}/user/{HostActor.Name}").Tell(_complete, Self);
        WaitForSomebody(nodes);
    }

    private void WaitForSomebody(List<string> nodes)
    {
        if (nodes.Any(node => _taken.TryGetValue(node, out var at) && Now - at < s_answerTime))
        {
            _nobodySince = null;
            return;
        }
        var waited = Now - (_nobodySince ??= Now);
        report(new Waiting(nodes.Count == 0 ? "a node" : "a node that takes part", waited));
        if (nodes.Count == 0 && waited >= s_absence) lost();
        else if (waited >= s_patience) giveUp(Describe(nodes));
    }

    private string Describe(List<string> nodes)
    {
        string nobody = $"no node took part for {s_patience.TotalSeconds:F0} s";
        return _told.Count > 0 ? $"{nobody}, for the reasons above" : NodeActor.Shorten(
            $"{nobody}: no answer of {string.Join(", ", nodes)} arrives here, or no question there; look at the " +
            "network, then resume the run, or train again: to the same bits");
    }
}
