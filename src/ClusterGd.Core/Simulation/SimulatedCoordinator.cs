using ClusterGd.Core.Faults;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Core.Simulation;

/// <summary>
/// A coordinator at a node: before it decides anything it asks all members what they remember, since it may take over
/// from another.
/// </summary>
internal sealed class SimulatedCoordinator
{
    private readonly SimulatedNode _home;
    private readonly SimulatedCluster _cluster;
    private CoordinatorProtocol _protocol;
    private Recall? _recall;
    private RunOutcome? _outcome;

    public SimulatedCoordinator(SimulatedNode home, SimulatedCluster cluster)
    {
        (_home, _cluster) = (home, cluster);
        _protocol = NewProtocol();
    }

    /// <summary>What it waits for, as it last said; null where it has not waited for long.</summary>
    public string? Wait { get; private set; }

    private TimeSpan Now => _cluster.Time.Now;

    private IEnumerable<string> Asked => _home.Members.Append(_cluster.ObserverNode).Select(node => node.Name);

    public void Begin()
    {
        _cluster.Trace.Note($"{_home.Name}: is coordinator now");
        _protocol = NewProtocol();
        _recall = new Recall([SimulatedCluster.Observer], Now);
        AskAll(_recall);
    }

    public void Tick()
    {
        if (_recall is null)
        {
            if (_cluster.IsInterrupted) On((c, effects) => c.Interrupt(Now, effects));
            On((c, effects) => c.Tick(Now, effects));
            if (_outcome is not null) TellEnd();
        }
        else if (_recall.IsOver(Asked, Now)) TakeOver(_recall);
        else AskAll(_recall);
    }

    public void Receive(Action<CoordinatorProtocol, TimeSpan, List<CoordinatorEffect>> deliver)
    {
        // While it asks for memories nothing is heard: it will be said again.
        if (_recall is null) On((c, effects) => deliver(c, Now, effects));
    }

    /// <summary>One that is no member any more, or not yet, would never be reported lost.</summary>
    public void ReceiveStatus(SimulatedNode node, NodeStatus status)
    {
        if (!node.IsObserver && !_home.Members.Contains(node)) return;
        Receive((c, now, effects) => c.Handle(status, now, effects));
    }

    /// <summary>What the tensor plane does not bring a node or observer.</summary>
    public void ReceiveReport(SimulatedNode node, LinkReport report)
    {
        if (!node.IsObserver && !_home.Members.Contains(node)) return;
        Receive((c, now, effects) => c.Handle(report, now, effects));
    }

    public void Lost(string node)
    {
        if (_recall is null) On((c, effects) => c.NodeLost(node, Now, effects));
    }

    /// <summary>A node has not been heard for long.</summary>
    public void Silent(string node)
    {
        if (_recall is null) On((c, effects) => c.NodeSilent(node, Now, effects));
        else _recall.NodeSilent(node);
    }

    private CoordinatorProtocol NewProtocol() => new(_cluster.Plan, new CoordinatorSettings
    {
        Name = _home.Name, Incarnation = _home.Age, Fingerprint = SimulatedCluster.Fingerprint,
        NodesHoped = _cluster.Options.Nodes, Backups = _cluster.Options.Backups,
        RetryInterval = SimulatedNode.RetryInterval, Observers = [SimulatedCluster.Observer], ObserverEndpoints = [""],
        HasCheckpoints = true,
    }, Now);

    private void AskAll(Recall recall)
    {
        foreach (var (node, after) in recall.Unanswered(Asked).ToList()) Ask(node, after);
    }

    private void Ask(string name, long after)
    {
        if (_cluster.Find(name) is not { } node) return;
        Send(node, _cluster.Trace.Text($"what do you remember"), to =>
        {
            var memory = to.Protocol.Memory(after);
            _cluster.Network.Send(
                to, _home, Traffic.Control, _cluster.Trace.Text($"memory"), _ => Remember(memory));
        });
    }

    private void Remember(RunMemory memory)
    {
        if (_recall is null) On((c, effects) => c.Handle(memory, Now, effects));
        else if (_recall.Handle(memory) is { } after) Ask(memory.Node, after);
    }

    private void TakeOver(Recall recall)
    {
        _recall = null;
        On((c, effects) => c.Resume(recall.Memories, Now, effects));
        foreach (string host in _protocol.Hosts)
        {
            bool isThere = host == SimulatedCluster.Observer || _home.Members.Any(node => node.Name == host);
            if (!isThere) Lost(host);
        }
        foreach (string node in recall.Silent) Silent(node);
    }

    private void On(Action<CoordinatorProtocol, List<CoordinatorEffect>> action)
    {
        if (_outcome is not null) return;
        var effects = new List<CoordinatorEffect>();
        action(_protocol, effects);
        foreach (var effect in effects) Interpret(effect);
    }

    private void Interpret(CoordinatorEffect effect)
    {
        switch (effect)
        {
            case CoordinatorEffect.Broadcast broadcast:
                var directive = broadcast.Directive;
                _cluster.Announced(directive, _home);
                var what = _cluster.Trace.Text(
                    $"directive {directive.Layout.Term}/{directive.Sequence}, limit {directive.Limit}");
                // Also to those who take another for the coordinator and so say nothing here.
                foreach (string name in broadcast.Nodes.Union(_home.Members.Select(member => member.Name)))
                {
                    if (_cluster.Find(name) is { } node) Send(node, what, to => to.Receive(directive));
                }
                break;
            case CoordinatorEffect.End end:
                _outcome = end.Outcome;
                _cluster.Trace.Note($"{_home.Name}: the run is over: {end.Outcome.End}, {end.Outcome.Reason}");
                TellEnd();
                break;
            case CoordinatorEffect.RequestMemory request:
                Ask(request.Observer, request.After);
                break;
            case CoordinatorEffect.Waiting waiting:
                Wait = waiting.What;
                _cluster.Trace.Note(
                    $"{_home.Name}: waiting for {waiting.What} since {waiting.Since.TotalSeconds:F1} s");
                break;
            case CoordinatorEffect.Note note:
                _cluster.Trace.Note($"{_home.Name}: {note.What}");
                break;
            case CoordinatorEffect.Superseded superseded:
                _cluster.Trace.Note($"{_home.Name}: the nodes are in term {superseded.Term} already");
                Begin();
                break;
            case CoordinatorEffect.Report:
                break;
            default:
                throw new InvalidOperationException($"no interpreter for {effect}");
        }
    }

    private void TellEnd() => Send(
        _cluster.ObserverNode, _cluster.Trace.Text($"the run is over"), _ => _cluster.Ended(_outcome!));

    private void Send(SimulatedNode to, string? what, Action<SimulatedNode> deliver) =>
        _cluster.Network.Send(_home, to, Traffic.Control, what, node =>
        {
            // Who is gone has no word any more.
            if (!node.HasDoneWith(_home)) deliver(node);
        });
}
