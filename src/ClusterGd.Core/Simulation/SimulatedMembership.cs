namespace ClusterGd.Core.Simulation;

/// <summary>
/// What Akka's cluster does, in virtual time: members learn of each other's coming and going after a moment; who is
/// silent for long is unreachable, and where that lasts, those go on that all reach each other and are more than half,
/// or half with the oldest. The others are declared gone, and end once they hear of it.
/// </summary>
internal sealed class SimulatedMembership(SimulatedCluster cluster)
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(2.5), s_stable = TimeSpan.FromSeconds(2);

    private readonly List<SimulatedNode> _members = [];
    private readonly Dictionary<(int, int), TimeSpan> _silentSince = [];
    private HashSet<(int, int)> _unreachable = [];
    private TimeSpan _stableSince;

    /// <summary>Those that nobody has declared gone, the oldest first.</summary>
    public IReadOnlyList<SimulatedNode> Members => _members;

    public bool Contains(SimulatedNode node) => _members.Contains(node);

    public void Start() => cluster.Time.After(s_look, Look);

    /// <summary>The first nodes know each other from the beginning.</summary>
    public void Form(IReadOnlyCollection<SimulatedNode> nodes)
    {
        _members.AddRange(nodes);
        cluster.ObserverNode.Meet(nodes);
        foreach (var node in nodes) node.Meet(nodes);
    }

    /// <summary>A node is a member once all others know it.</summary>
    public void Joins(SimulatedNode node) => node.Soon(self =>
    {
        self.Age = cluster.NextAge();
        _members.Add(self);
        foreach (var other in Everyone()) other.Run(to => to.Meet([self]));
        self.Meet([.. _members]);
    });

    /// <summary>A node has left, or its process has ended, which its machine tells who asks.</summary>
    public void IsGone(SimulatedNode node)
    {
        if (!_members.Remove(node)) return;
        foreach (var other in Everyone()) other.Soon(self => self.Forget(node));
    }

    private IEnumerable<SimulatedNode> Everyone() => _members.Append(cluster.ObserverNode);

    private void Look()
    {
        cluster.Time.After(s_look, Look);
        if (!cluster.Network.IsCut && !_members.Any(node => node.IsPaused))
        {
            _silentSince.Clear();
            _unreachable.Clear();
            return;
        }
        var now = cluster.Time.Now;
        foreach (var (a, b) in Pairs())
        {
            if (a.IsPaused || b.IsPaused || cluster.Network.Cuts(a, b) || cluster.Network.Cuts(b, a))
            {
                _silentSince.TryAdd((a.Age, b.Age), now);
            }
            else _silentSince.Remove((a.Age, b.Age));
        }
        var unreachable = Pairs().Select(pair => (pair.A.Age, pair.B.Age))
            .Where(pair => _silentSince.TryGetValue(pair, out var since) && now - since >= s_silence).ToHashSet();
        if (!unreachable.SetEquals(_unreachable)) (_unreachable, _stableSince) = (unreachable, now);
        if (_unreachable.Count > 0 && now - _stableSince >= s_stable) Decide();
    }

    private IEnumerable<(SimulatedNode A, SimulatedNode B)> Pairs()
    {
        for (int i = 0; i < _members.Count; i++)
        {
            for (int j = i + 1; j < _members.Count; j++) yield return (_members[i], _members[j]);
        }
    }

    private void Decide()
    {
        var kept = _members.ToList();
        while (kept.Count > 0)
        {
            var worst = kept.MaxBy(node => (Silent(node, kept), node.Age))!;
            if (Silent(worst, kept) == 0) break;
            kept.Remove(worst);
        }
        int half = kept.Count * 2 - _members.Count;
        if (half < 0 || half == 0 && !kept.Contains(_members[0])) kept.Clear();
        var gone = _members.Except(kept).ToList();
        cluster.Trace.Note($"declared gone: {string.Join(", ", gone.Select(node => node.Name))}");
        _members.RemoveAll(gone.Contains);
        foreach (var node in gone)
        {
            foreach (var other in Everyone()) other.Soon(self => self.Forget(node));
            node.Down();
        }
    }

    private int Silent(SimulatedNode node, List<SimulatedNode> among) => among.Count(other =>
        _unreachable.Contains((node.Age, other.Age)) || _unreachable.Contains((other.Age, node.Age)));
}
