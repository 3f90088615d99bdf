using ClusterGd.Core.Data;
using ClusterGd.Core.Faults;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Core.Simulation;

/// <summary>
/// A whole cluster in one thread and virtual time: the protocol classes that the product runs, on a network that loses,
/// doubles, delays and reorders messages, with nodes that come, go and die, all by a seed. The same seed gives the same
/// run, event by event.
/// </summary>
public sealed class SimulatedCluster
{
    internal const string Observer = "client", Fingerprint = "simulation";
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(50);

    private readonly FaultPlan _faults;
    private readonly SortedDictionary<string, SimulatedNode> _nodes = new(StringComparer.Ordinal);
    private readonly SimulatedNode _observer;
    private readonly FloatPool[] _slicePools;
    private readonly TimeSpan _timeMax;
    private readonly int _nodesHoped, _backups;
    private CoordinatorProtocol? _coordinator;
    private string _coordinatorNode = "";
    private int _joined, _generations;
    private TimeSpan _lastAdvance, _longestStep;
    private long _newestStep;
    private RunOutcome? _outcome;
    private string? _problem;

    /// <param name="rows">All rows: what a step computes is the same wherever it is done.</param>
    /// <param name="nodeCount">Nodes at the start; ≥ 1.</param>
    /// <param name="timeMax">Virtual time after which a run that has not ended is called stuck.</param>
    /// <param name="backups">Of each slice; ≥ 0.</param>
    /// <param name="attack">What some shards send in place of their gradients; null for none.</param>
    public SimulatedCluster(
        TrainingPlan plan, ShardStore rows, int nodeCount, FaultPlan faults, ulong seed, TimeSpan timeMax,
        int backups = 0, Attacks.AttackPlan? attack = null)
    {
        Plan = plan;
        Network = new SimulatedNetwork(faults, seed);
        Computer = new ShardComputer(plan, rows, attack);
        Gradients = new FloatPool(plan.Model.ParameterCount);
        Initial = plan.InitialParameters(rows);
        _faults = faults;
        _timeMax = timeMax;
        _nodesHoped = nodeCount;
        _backups = backups;
        _slicePools = [.. Enumerable.Range(0, plan.SliceCount)
            .Select(i => new FloatPool(plan.SliceStarts[i + 1] - plan.SliceStarts[i]))];
        _observer = new SimulatedNode(Observer, this);
        for (int i = 0; i < nodeCount; i++) Join();
        TakeOver();
    }

    internal TrainingPlan Plan { get; }

    internal SimulatedNetwork Network { get; }

    internal ShardComputer Computer { get; }

    internal FloatPool Gradients { get; }

    internal float[] Initial { get; }

    public SimulationResult Run()
    {
        foreach (var fault in _faults.Membership) Network.After(fault.At, () => Strike(fault));
        Network.After(TimeSpan.Zero, Tick);
        while (_outcome is null && _problem is null && Network.Step())
        {
            if (Network.Now > _timeMax) _problem = $"not done after {_timeMax.TotalSeconds:F0} s of virtual time";
        }
        if (_problem is null) CheckEnd();
        float[] parameters = _observer.Protocol.Current is { } version ? version.Parameters.ToArray() : [];
        return new SimulationResult(
            _outcome, parameters, _problem, _generations, _longestStep, Network.EventCount, [.. Network.Trace]);
    }

    internal void Fail(string problem) => _problem ??= problem;

    internal PooledFloats Copy(int slice, ReadOnlySpan<float> sent)
    {
        var copy = _slicePools[slice].Rent();
        sent.CopyTo(copy.Span);
        return copy;
    }

    internal void Send(string from, string to, string what, Action<SimulatedNode> deliver) =>
        Network.Send(from, to, what, () =>
        {
            if (to == Observer) deliver(_observer);
            else if (_nodes.TryGetValue(to, out var node)) deliver(node);
        });

    internal void SendToCoordinator(
        string from, string what, Action<CoordinatorProtocol, TimeSpan, List<CoordinatorEffect>> deliver) =>
        Network.Send(from, _coordinatorNode, what, () =>
        {
            // Only members are heard.
            if (from == Observer || _nodes.ContainsKey(from))
            {
                OnCoordinator((c, effects) => deliver(c, Network.Now, effects));
            }
        });

    internal void Advanced(ParameterVersion version)
    {
        if (version.Step <= _newestStep && _newestStep > 0) return;
        if (_newestStep > 0 && Network.Now - _lastAdvance > _longestStep) _longestStep = Network.Now - _lastAdvance;
        _newestStep = version.Step;
        _lastAdvance = Network.Now;
    }

    /// <summary>A node is no member any more, in good order or not.</summary>
    internal void Remove(SimulatedNode node)
    {
        if (!_nodes.Remove(node.Name)) return;
        node.IsAlive = false;
        bool hadCoordinator = node.Name == _coordinatorNode;
        if (hadCoordinator) _coordinator = null;
        Network.Noticed(() =>
        {
            if (hadCoordinator) TakeOver();
            else OnCoordinator((c, effects) => c.NodeLost(node.Name, Network.Now, effects));
        });
    }

    private void CheckEnd()
    {
        foreach (var (index, slice) in _nodes.Values.SelectMany(node => node.Slices))
        {
            if (slice.ShardsCounted == slice.Step * Plan.ShardCount) continue;
            _problem =
                $"slice {index} counted {slice.ShardsCounted} gradients in {slice.Step} steps of " +
                $"{Plan.ShardCount} shards";
        }
    }

    private void Strike(MembershipFault fault)
    {
        if (_outcome is not null) return;
        if (fault.Kind == FaultKind.Join)
        {
            Join();
            return;
        }
        var staying = _nodes.Values.Where(node => !node.IsLeaving).ToList();
        if (staying.Count < 2) return;
        var node = staying[fault.Choice % staying.Count];
        Network.Note($"{node.Name}: {fault.Kind}");
        if (fault.Kind == FaultKind.Leave) node.Leave();
        else Remove(node);
    }

    private void Join()
    {
        // Names do not sort by age, as addresses do not.
        int number = _joined++;
        string name = $"node-{number * 7 % 10}{number}";
        _nodes.Add(name, new SimulatedNode(name, this));
        Network.Note($"{name}: {FaultKind.Join}");
    }

    /// <summary>The coordinator is at some node of those there are; it asks them what they remember.</summary>
    private void TakeOver()
    {
        if (_coordinator is not null || _nodes.Count == 0) return;
        _coordinatorNode = _nodes.Keys.First();
        _coordinator = new CoordinatorProtocol(Plan, new CoordinatorSettings
        {
            Name = _coordinatorNode, Fingerprint = Fingerprint, NodesHoped = _nodesHoped,
            Backups = _backups, RetryInterval = SimulatedNode.RetryInterval, Observers = [Observer],
            ObserverEndpoints = [""],
        }, Network.Now);
        var memories = _nodes.Values.Append(_observer).Select(node => node.Protocol.Memory()).ToList();
        OnCoordinator((c, effects) => c.Resume(memories, Network.Now, effects));
        foreach (string host in _coordinator.Hosts)
        {
            if (!_nodes.ContainsKey(host)) OnCoordinator((c, effects) => c.NodeLost(host, Network.Now, effects));
        }
    }

    private void Tick()
    {
        foreach (var node in _nodes.Values.ToList()) node.Tick();
        _observer.Tick();
        OnCoordinator((c, effects) => c.Tick(Network.Now, effects));
        Network.After(s_tick, Tick);
    }

    private void OnCoordinator(Action<CoordinatorProtocol, List<CoordinatorEffect>> action)
    {
        if (_coordinator is null) return;
        var effects = new List<CoordinatorEffect>();
        action(_coordinator, effects);
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case CoordinatorEffect.Broadcast broadcast:
                    var directive = broadcast.Directive;
                    _generations = Math.Max(_generations, directive.Layout.Generation);
                    foreach (string node in broadcast.Nodes)
                    {
                        Send(
                            _coordinatorNode, node,
                            $"directive {directive.Layout.Term}/{directive.Sequence}, limit {directive.Limit}",
                            to => to.Receive(directive));
                    }
                    break;
                case CoordinatorEffect.End end:
                    _outcome = end.Outcome;
                    break;
                case CoordinatorEffect.Waiting waiting:
                    Network.Note($"waiting for {waiting.What} since {waiting.Since.TotalSeconds:F1} s");
                    break;
                case CoordinatorEffect.Note note:
                    Network.Note(note.What);
                    break;
            }
        }
    }
}
