namespace ClusterGd.Core.Simulation;

/// <summary>
/// What Akka's cluster does, in virtual time: who comes is a member once all members know, which hear each other; who
/// leaves, dies or is taken out is none any more for those that hear of it, and they tell the others. Each node hears
/// with a failure detector of its own; whom that takes out, <see cref="Protocol.Downing"/> decides at each of them.
/// </summary>
internal sealed class SimulatedMembership(SimulatedCluster cluster)
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(250), s_silence = TimeSpan.FromSeconds(2.5);

    private readonly Dictionary<(SimulatedNode By, SimulatedNode Node), TimeSpan> _silentSince = [];
    private readonly HashSet<SimulatedNode> _gone = [];

    private IEnumerable<SimulatedNode> Everyone => cluster.Alive.Append(cluster.ObserverNode);

    public void Start() => cluster.Time.After(s_look, Look);

    /// <summary>The first nodes know each other from the beginning.</summary>
    public void Form(IReadOnlyCollection<SimulatedNode> nodes)
    {
        cluster.ObserverNode.Meet(nodes);
        foreach (var node in nodes) node.Meet(nodes);
    }

    /// <summary>A node comes, and asks the oldest that it reaches.</summary>
    public void Joins(SimulatedNode node) => node.Soon(self =>
    {
        var seed = cluster.Alive.FirstOrDefault(other =>
            other.Members.Count > 0 && !other.HasDoneWith(other) && IsReached(self, other));
        bool isFirst = !cluster.Alive.Any(other => other.Members.Count > 0);
        var members = seed?.Members.ToList() ?? [];
        if (seed is null && !isFirst || members.Any(one => members.Any(other => IsSilent(one, other))))
        {
            Joins(self);
            return;
        }
        self.Age = cluster.NextAge();
        members.Add(self);
        foreach (var other in members.Append(cluster.ObserverNode)) other.Meet(members);
    });

    /// <summary>A node has left, or its process has ended, which its machine tells who asks.</summary>
    public void IsGone(SimulatedNode node)
    {
        foreach (var other in Everyone.Where(other => !cluster.Network.Cuts(node, other)).ToList()) Tell(other, node);
    }

    private void Tell(SimulatedNode to, SimulatedNode gone)
    {
        _gone.Add(gone);
        to.Soon(self => self.Forget(gone));
    }

    private void Look()
    {
        cluster.Time.After(s_look, Look);
        var nodes = Everyone.Where(node => node.Members.Count > 0).ToList();
        foreach (var gone in _gone.ToList()) Spread(gone, nodes);
        bool isCalm = _silentSince.Count == 0 && !cluster.Network.IsCut
            && nodes.All(node => !node.IsPaused && node.Members.All(member => member.IsAlive));
        if (!isCalm) Listen(nodes);
    }

    /// <summary>Who knows tells those that it hears, a client too that knows of no other node.</summary>
    private void Spread(SimulatedNode gone, List<SimulatedNode> nodes)
    {
        var unaware = nodes.Where(node => !node.HasDoneWith(gone) && node.Members.Contains(gone)).ToList();
        if (unaware.Count == 0) _gone.Remove(gone);
        foreach (var node in unaware)
        {
            if (Everyone.Any(other => other.HasDoneWith(gone) && IsReached(other, node))) Tell(node, gone);
        }
    }

    private void Listen(List<SimulatedNode> nodes)
    {
        var now = cluster.Time.Now;
        foreach (var one in nodes)
        {
            foreach (var other in one.Members.Append(cluster.ObserverNode))
            {
                if (IsSilent(one, other)) _silentSince.TryAdd((one, other), now);
                else _silentSince.Remove((one, other));
            }
        }
        foreach (var pair in _silentSince.Keys.Where(pair => !pair.By.IsAlive
            || !pair.Node.IsObserver && !pair.By.Members.Contains(pair.Node)))
        {
            _silentSince.Remove(pair);
        }
        var silent = _silentSince.Where(pair => now - pair.Value >= s_silence).Select(pair => pair.Key).ToHashSet();
        foreach (var node in nodes.Where(node => !node.IsPaused))
        {
            foreach (var gone in node.Judge(silent))
            {
                if (node.ProblemOfRemoving(gone, silent) is { } problem) cluster.Fail(problem);
                // A client that no node hears asks its seeds, and joins again: here it stays.
                if (gone.IsObserver) continue;
                cluster.Trace.Note($"{node.Name}: takes {gone.Name} out");
                _gone.Add(gone);
                node.Forget(gone);
            }
        }
    }

    /// <summary>Whether the first gets no answer from the second.</summary>
    private bool IsSilent(SimulatedNode one, SimulatedNode other) =>
        one != other && (!IsReached(one, other) || other.HasDoneWith(one));

    private bool IsReached(SimulatedNode one, SimulatedNode other) =>
        one.IsAlive && other.IsAlive && !one.IsPaused && !other.IsPaused
        && !cluster.Network.Cuts(one, other) && !cluster.Network.Cuts(other, one);
}
