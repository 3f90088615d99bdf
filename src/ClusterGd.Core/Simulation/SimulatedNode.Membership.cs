using System.Collections.Immutable;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Core.Simulation;

/// <summary>What a node knows of the others, and whether the coordinator is here: as on real nodes, each judges by what
/// it hears itself.</summary>
internal sealed partial class SimulatedNode
{
    /// <summary>Ticks between two words that this node is there.</summary>
    private const int PulseEvery = 4;

    private static readonly TimeSpan s_stableAfter = TimeSpan.FromSeconds(2), s_quarrelMax = TimeSpan.FromSeconds(6);

    private readonly List<SimulatedNode> _members = [];
    private readonly HashSet<SimulatedNode> _gone = [];
    private readonly CoordinatorPlace _place;
    private readonly Downing _downing;
    private bool _isAlarmed;

    /// <summary>Null where it is not here, as far as this node knows.</summary>
    public CoordinatorRole? Coordinator { get; private set; }

    /// <summary>What it waits for, as it last said; null where it has not waited for long.</summary>
    public string? CoordinatorWait { get; private set; }

    /// <summary>The nodes that are members as far as this one knows, the oldest first.</summary>
    public IReadOnlyList<SimulatedNode> Members => _members;

    /// <summary>Knows that it is a member no more: it has nothing to do with it, and does not answer it.</summary>
    public bool HasDoneWith(SimulatedNode node) => _gone.Contains(node);

    /// <summary>Learns of members.</summary>
    public void Meet(IEnumerable<SimulatedNode> nodes)
    {
        var met = nodes.Where(node => !_members.Contains(node) && !_gone.Contains(node)).ToList();
        _members.AddRange(met);
        foreach (var node in met) ToCoordinatorHere(new NodeJoined(node.Name));
        _members.Sort((a, b) => a.Age.CompareTo(b.Age));
        MembersAre();
    }

    /// <summary>Learns that a node is a member no more, which may be itself.</summary>
    public void Forget(SimulatedNode node)
    {
        if (!_gone.Add(node)) return;
        if (node == this) Soon(_cluster.Stop);
        else if (_members.Remove(node))
        {
            ToCoordinatorHere(new NodeGone(node.Name));
            MembersAre();
        }
    }

    /// <summary>Whom this node would take out of the cluster.</summary>
    /// <param name="silent">Who has not been heard for long by whom.</param>
    public List<SimulatedNode> Judge(IReadOnlySet<(SimulatedNode By, SimulatedNode Node)> silent)
    {
        if (silent.Count == 0 && !_isAlarmed) return [];
        _isAlarmed = silent.Count > 0;
        var all = _members.Append(_cluster.ObserverNode).OrderBy(node => node.Name, StringComparer.Ordinal).ToList();
        ImmutableArray<MemberView> own =
        [
            .. all.Select(node => new MemberView(
                node.Name, IsVoter: !node.IsObserver, IsHeard: !silent.Contains((this, node)), IsDoubted: false)),
        ];
        var reports = all.ToDictionary(node => node.Name, node => UnheardBy(node), StringComparer.Ordinal);
        var names = _downing.Decide(MemberViews.With(Name, own, reports, Working), Now);
        return [.. all.Where(node => names.Contains(node.Name))];

        ImmutableArray<string> UnheardBy(SimulatedNode node) =>
            [.. silent.Where(pair => pair.By == node).Select(pair => pair.Node.Name)];
    }

    /// <summary>
    /// Why it is wrong to remove a member, itself perhaps, as this node sees it; null where it is not: nobody without
    /// work may be removed as long as this node hears it, and no client as long as it hears a node.
    /// </summary>
    public string? ProblemOfRemoving(
        SimulatedNode member, IReadOnlySet<(SimulatedNode By, SimulatedNode Node)> silent)
    {
        if (member == this)
        {
            return IsObserver && _members.Any(node => !silent.Contains((this, node)))
                ? $"{Name} leaves the cluster, although it hears a node" : null;
        }
        bool isWrong = !Working.Contains(member.Name) && !silent.Contains((this, member));
        return isWrong ? $"{Name} removes {member.Name}, which has no work and which it hears" : null;
    }

    private ImmutableArray<string> Working => Protocol.Directive?.Layout.Working ?? [];

    private void MembersAre() => Act(_place, new NodesAre([.. _members.Select(node => node.Name)]));

    private void BeginCoordinator()
    {
        Trace.Note($"{Name}: is coordinator now");
        CoordinatorWait = null;
        Coordinator = new CoordinatorRole(_cluster.Plan, new CoordinatorSettings
        {
            Name = Name, Incarnation = Age, Fingerprint = SimulatedCluster.Fingerprint,
            NodesHoped = _cluster.Options.Nodes, Backups = _cluster.Options.Backups, RetryInterval = RetryInterval,
            Observers = [SimulatedCluster.Observer], ObserverEndpoints = [""], HasCheckpoints = true,
        }, _members.Append(_cluster.ObserverNode).Select(node => node.Name), Now);
        Act(Coordinator, outbox => Coordinator.Begin(null, Now, outbox));
    }

    private void ToCoordinatorHere(object message)
    {
        if (Coordinator is { } coordinator) Act(coordinator, message);
    }
}
