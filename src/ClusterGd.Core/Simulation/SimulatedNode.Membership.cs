using ClusterGd.Core.Protocol;

namespace ClusterGd.Core.Simulation;

/// <summary>What a node knows of the others, and the coordinator, which is at the oldest of them.</summary>
internal sealed partial class SimulatedNode
{
    private readonly List<SimulatedNode> _members = [];

    /// <summary>Null where it is not here, as far as this node knows.</summary>
    public SimulatedCoordinator? Coordinator { get; private set; }

    /// <summary>The nodes that are members as far as this one knows, the oldest first.</summary>
    public IReadOnlyList<SimulatedNode> Members => _members;

    /// <summary>Learns of members.</summary>
    public void Meet(IEnumerable<SimulatedNode> nodes)
    {
        foreach (var node in nodes)
        {
            if (!_members.Contains(node) && _cluster.Membership.Contains(node)) _members.Add(node);
        }
        _members.Sort((a, b) => a.Age.CompareTo(b.Age));
        PlaceCoordinator();
    }

    /// <summary>Learns that a node is a member no more.</summary>
    public void Forget(SimulatedNode node)
    {
        if (!_members.Remove(node)) return;
        Coordinator?.Lost(node.Name);
        PlaceCoordinator();
    }

    private void PlaceCoordinator()
    {
        bool isHere = !IsObserver && _members.Count > 0 && _members[0] == this;
        if (!isHere) Coordinator = null;
        else if (Coordinator is null)
        {
            Coordinator = new SimulatedCoordinator(this, _cluster);
            Coordinator.Begin();
        }
    }

    private void SendToCoordinator(
        string? what, Action<CoordinatorProtocol, TimeSpan, List<CoordinatorEffect>> deliver)
    {
        if (_members.Count > 0)
        {
            _cluster.Network.Send(this, _members[0], what, node => node.Coordinator?.Receive(deliver));
        }
    }

    private void Report(Divergence divergence) =>
        SendToCoordinator(Trace.Text($"{divergence.What}"), (c, _, effects) => c.Handle(divergence, effects));

    private void SendStatus()
    {
        if (!IsAlive || _members.Count == 0) return;
        if (IsObserver && Protocol.Current?.IsFinal == true && Protocol.HasWholeOrder)
        {
            var received = new ResultReceived(Name, Layout.Generation);
            SendToCoordinator(Trace.Text($"result"), (c, _, effects) => c.Handle(received, effects));
        }
        foreach (var (index, slice) in _slices) Protocol.SliceAt(index, slice.Step, slice.BackupTerm);
        var status = Protocol.Status(Name, SimulatedCluster.Fingerprint);
        _cluster.Network.Send(
            this, _members[0], Trace.Text($"status"), node => node.Coordinator?.ReceiveStatus(this, status));
    }
}
