using System.Collections.Immutable;
using ClusterGd.Core.Convergence;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// Nodes come and go. A planned change loses no step: the new hosts fetch their rows first, then the nodes stop
/// together at the next possible step, slices move with their state, and training goes on. A node that dies takes no
/// shard with it, since any other can compute its gradients; a slice that dies with its state is computed anew from
/// step 0, which by the one idea leads to the same bits.
/// </summary>
public sealed partial class CoordinatorProtocol
{
    private readonly SortedDictionary<string, NodeStatus> _nodes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _refused = new(StringComparer.Ordinal);
    private ImmutableArray<string> _wanted = [];
    private TimeSpan _wantedSince;
    private long _term;
    private bool _isMoveDue;

    /// <summary>The minimum is there to start; a run that begins anew takes whoever is left.</summary>
    private int NodesMin => _directive.Layout.Generation == 0 ? _settings.NodesMin : 1;

    private IEnumerable<string> Candidates => _nodes.Values.Where(s => !s.IsLeaving).Select(s => s.Node);

    /// <summary>A node tells what it has.</summary>
    public void Handle(NodeStatus status, TimeSpan now, List<CoordinatorEffect> effects)
    {
        if (_phase == Phase.Ended) return;
        if (status.Fingerprint != _settings.Fingerprint)
        {
            if (_refused.Add(status.Node))
            {
                effects.Add(new CoordinatorEffect.Note($"node {status.Node} is refused: it has {status.Fingerprint}, " +
                    $"the run has {_settings.Fingerprint}; it needs the same job, data and version"));
            }
            return;
        }
        if (_nodes.TryGetValue(status.Node, out var known) && known.Version >= status.Version) return;
        _nodes[status.Node] = status;
        ConsiderMembership(now, effects);
        TrySettle(now, effects);
    }

    /// <summary>A node is gone without a word.</summary>
    public void NodeLost(string node, TimeSpan now, List<CoordinatorEffect> effects)
    {
        if (!_nodes.Remove(node) && !_directive.Layout.Nodes.Contains(node) || _phase == Phase.Ended) return;
        bool isHost = _directive.Layout.Nodes.Contains(node)
            || !_directive.IsSettled && _directive.Layout.SliceSources.Contains(node);
        // What is planned was planned with the node, or has a lower term than what its loss calls for.
        if (_directive.Next is not null && (isHost || _directive.Next.Nodes.Contains(node))) DropNext(now, effects);
        if (!isHost) return;
        var sources = _directive.Layout.SliceHosts.Select((_, slice) => SourceOf(slice, node)).ToImmutableArray();
        var hosts = _directive.Layout.SliceHosts.Select((host, slice) => host == node ? sources[slice] : host).ToList();
        // A node that was about to be relieved of a slice may have to keep it.
        var others = _directive.Layout.Nodes.Remove(node).Union(hosts.OfType<string>()).ToImmutableArray();
        if (others.IsEmpty || sources.Contains(null))
        {
            BeginAnew($"node {node} is gone with slices that nobody else has", now, effects);
            return;
        }
        effects.Add(new CoordinatorEffect.Note($"node {node} is gone; its shards go to {Names(others)}"));
        var shards = Placement.Without(node, _directive.Layout.ShardHosts, others);
        Activate(NewLayout(_directive.Layout.Generation, others, shards, [.. hosts!], sources!), now, effects);
    }

    /// <summary>
    /// A coordinator that takes over goes on where the run is. To be called once, before anything else, with what all
    /// nodes remember that could be asked.
    /// </summary>
    public void Resume(IReadOnlyCollection<RunMemory> memories, TimeSpan now, List<CoordinatorEffect> effects)
    {
        RunDirective? newest = null;
        var history = new SortedDictionary<long, Evaluation>();
        foreach (var memory in memories)
        {
            if (memory.Directive is { } directive)
            {
                _term = Math.Max(_term, Math.Max(directive.Layout.Term, directive.Next?.Term ?? 0));
                if (directive.Supersedes(newest)) newest = directive;
            }
        }
        if (newest is null) return;
        if (newest.Layout.Nodes.IsEmpty)
        {
            // The run was about to begin, or to begin anew.
            _directive = newest with { Coordinator = _settings.Name, Next = null };
            return;
        }
        foreach (var evaluation in memories.Where(m => m.Directive?.Layout.Generation == newest.Layout.Generation)
            .SelectMany(m => m.History))
        {
            if (evaluation.Step < newest.EvaluateAt || newest.IsFinishing) history[evaluation.Step] = evaluation;
        }
        var sources = newest.Layout.SliceHosts.Select((_, slice) => SourceOf(slice, newest, memories)).ToList();
        _history.AddRange(history.Values);
        foreach (var evaluation in _history) _rules.Check(evaluation);
        if (_history.Count > 0) _trainingStart = now - _history[^1].Elapsed;
        _directive = newest with
        {
            Coordinator = _settings.Name, Next = null, IsHeld = false, IsSettled = false,
            Layout = newest.Layout with
            {
                Term = ++_term, Observers = _settings.Observers,
                Endpoints = [.. newest.Layout.Endpoints[..newest.Layout.Nodes.Length], .. _settings.ObserverEndpoints],
                SliceSources = [.. sources],
            },
        };
        if (sources.Contains(""))
        {
            BeginAnew("nobody is left who has every slice", now, effects);
            return;
        }
        BeginRoundOf(_directive, now);
        Enter(_directive.IsFinishing ? Phase.Finishing
            : _directive.Limit < _directive.EvaluateAt ? Phase.Settling : Phase.Training, now);
        effects.Add(new CoordinatorEffect.Note(
            $"the coordinator is now at {_settings.Name} and goes on after step " +
            $"{(_history.Count > 0 ? _history[^1].Step : 0)}"));
        Send(_directive, now, effects);
    }

    /// <summary>The nodes that host something, for whoever knows which of them are still there.</summary>
    public ImmutableArray<string> Hosts => _directive.Layout.Nodes;

    /// <summary>
    /// Who has a slice after the coordinator is gone: its host, or in a move that was not done its source.
    /// </summary>
    private static string SourceOf(int slice, RunDirective newest, IReadOnlyCollection<RunMemory> memories)
    {
        string host = newest.Layout.SliceHosts[slice], source = newest.Layout.SliceSources[slice];
        if (newest.IsSettled || source == host) return host;
        foreach (string node in new[] { host, source })
        {
            if (memories.FirstOrDefault(memory => memory.Node == node) is { } memory
                && memory.Slices.IndexOf(slice) is >= 0 and int index && memory.SliceSteps[index] == newest.Limit)
            {
                return node;
            }
        }
        return "";
    }

    private void BeginRoundOf(RunDirective directive, TimeSpan now)
    {
        if (directive.IsFinishing)
        {
            BeginRound(now, directive.EvaluateAt, isFinal: true, train: true, test: _plan.HasTest, fullPass: false);
            return;
        }
        var needs = _rules.Needs;
        bool train = needs.HasFlag(EvaluationNeeds.FullLoss)
            || (needs.HasFlag(EvaluationNeeds.Metrics) && !_plan.HasTest);
        BeginRound(now, directive.EvaluateAt, isFinal: false, train, _plan.HasTest, directive.HasFullPass);
    }

    /// <summary>Looks whether other nodes should host than do, and brings it about.</summary>
    private void ConsiderMembership(TimeSpan now, List<CoordinatorEffect> effects)
    {
        var wanted = Placement.Order(_directive.Layout.Nodes, Candidates);
        if (!wanted.SequenceEqual(_wanted))
        {
            _wanted = wanted;
            _wantedSince = now;
        }
        switch (_phase)
        {
            case Phase.Gathering when wanted.Length >= NodesMin
                && (wanted.Length >= _settings.NodesHoped || now - _wantedSince >= _settings.Debounce):
                _directive = _directive with { Next = EvenLayout(_directive.Layout.Generation, wanted) };
                Enter(Phase.Preparing, now);
                Send(_directive, now, effects);
                break;
            case Phase.Gathering when now - _phaseStart > _settings.GatheringMax:
                Conclude(RunEnd.Lost, $"only {wanted.Length} of {NodesMin} nodes came in " +
                    $"{_settings.GatheringMax.TotalSeconds:F0} s", effects);
                break;
            case Phase.Preparing when _directive.Next!.Nodes.All(IsPrepared):
                Start(_directive.Next, now, effects);
                break;
            case Phase.Training when _directive.IsSettled && !_isInterrupted:
                ConsiderMove(wanted, now, effects);
                break;
        }
    }

    private void ConsiderMove(ImmutableArray<string> wanted, TimeSpan now, List<CoordinatorEffect> effects)
    {
        var target = _directive.Next?.Nodes ?? _directive.Layout.Nodes;
        if (wanted.SequenceEqual(target))
        {
            if (!_isMoveDue && _directive.Next?.Nodes.All(IsPrepared) == true) Hold(now, effects);
            return;
        }
        // With nobody to hand over to, the leaving ones go on until they lose patience.
        if (now - _wantedSince < _settings.Debounce || wanted.IsEmpty) return;
        if (wanted.SequenceEqual(_directive.Layout.Nodes)) DropNext(now, effects);
        else Send(_directive with { Next = EvenLayout(_directive.Layout.Generation, wanted) }, now, effects);
    }

    private void DropNext(TimeSpan now, List<CoordinatorEffect> effects)
    {
        _directive = _directive with { Next = null };
        if (_phase == Phase.Preparing) Enter(Phase.Gathering, now);
        else Send(_directive, now, effects);
    }

    private bool IsPrepared(string node) =>
        _nodes.TryGetValue(node, out var status) && status.PreparedTerm >= (_directive.Next ?? _directive.Layout).Term;

    private bool IsReady(string node) =>
        _nodes.TryGetValue(node, out var status) && status.ReadyTerm >= _directive.Layout.Term;

    private void Start(Layout layout, TimeSpan now, List<CoordinatorEffect> effects)
    {
        _trainingStart = now;
        _directive = Toward(_plan.NextEvaluation(0), keepBestStep: -1, now) with { Limit = 0, Next = null };
        Enter(Phase.Settling, now);
        Activate(layout, now, effects);
    }

    /// <summary>An evaluation is done, or a move: the steps go on, unless it is the moment for a move.</summary>
    private void GoOn(long step, TimeSpan now, List<CoordinatorEffect> effects)
    {
        _isMoveDue = false;
        if (_directive.Next is { } next && next.Nodes.SequenceEqual(_wanted) && next.Nodes.All(IsPrepared))
        {
            _directive = _directive with { Limit = step };
            Move(now, effects);
            return;
        }
        Enter(Phase.Training, now);
        Send(_directive, now, effects);
    }

    /// <summary>All slices are at the limit: the next layout becomes active.</summary>
    private void Move(TimeSpan now, List<CoordinatorEffect> effects)
    {
        if (_directive.Next is not { } next)
        {
            // The nodes it was for are gone again.
            Enter(Phase.Training, now);
            Send(_directive with { Limit = _directive.EvaluateAt }, now, effects);
            return;
        }
        effects.Add(new CoordinatorEffect.Note($"at step {_directive.Limit} the work moves to {Names(next.Nodes)}"));
        _directive = _directive with { Next = null, IsHeld = false };
        Enter(Phase.Settling, now);
        Activate(next with { SliceSources = _directive.Layout.SliceHosts }, now, effects);
    }

    private void Activate(Layout layout, TimeSpan now, List<CoordinatorEffect> effects)
    {
        _sequence = 0;
        _held.Clear();
        Send(_directive with { Layout = layout, IsSettled = false }, now, effects);
        TrySettle(now, effects);
    }

    /// <summary>Where all nodes of the layout have what it gives them, those outside it may go.</summary>
    private void TrySettle(TimeSpan now, List<CoordinatorEffect> effects)
    {
        if (_directive.IsSettled || _directive.Layout.Nodes.IsEmpty || !_directive.Layout.Nodes.All(IsReady)) return;
        if (_phase == Phase.Settling)
        {
            Enter(Phase.Training, now);
            _directive = _directive with { Limit = _directive.EvaluateAt };
        }
        Send(_directive with { IsSettled = true }, now, effects);
        if (_isInterrupted && _phase == Phase.Training) Hold(now, effects);
    }

    /// <summary>The run starts over: purity makes that right, and it is the last resort.</summary>
    private void BeginAnew(string why, TimeSpan now, List<CoordinatorEffect> effects)
    {
        effects.Add(new CoordinatorEffect.Note($"{why}: the run begins anew from step 0, to the same bits"));
        _history.Clear();
        _rules = _plan.NewStopRules();
        _wanted = [];
        _result = null;
        _observersDone.Clear();
        _round.Cancel();
        _directive = _directive with
        {
            Next = null, IsHeld = false, IsSettled = false, Ending = null, Last = null, KeepBestStep = -1, Limit = 0,
            EvaluateAt = 0, TrainShards = [], TestShards = [], HasFullPass = false,
            Layout = Nobody(_directive.Layout.Generation + 1) with { Term = _directive.Layout.Term },
        };
        Enter(Phase.Gathering, now);
        if (_isInterrupted) Conclude(RunEnd.Interrupted, "interrupted", effects);
        else ConsiderMembership(now, effects);
    }

    /// <summary>
    /// A node that has a slice's state now that one is lost: its host; in the middle of a move the source, which keeps
    /// it until all is settled, else the host where it has said so. Null where nobody has.
    /// </summary>
    private string? SourceOf(int slice, string lost)
    {
        var layout = _directive.Layout;
        string host = layout.SliceHosts[slice], source = layout.SliceSources[slice];
        if (_directive.IsSettled || source == host) return host == lost ? null : host;
        if (source != lost && source.Length > 0) return source;
        bool hasIt = host != lost && _nodes.TryGetValue(host, out var status)
            && status.Slices.IndexOf(slice) is >= 0 and int index && status.SliceSteps[index] == _directive.Limit;
        return hasIt ? host : null;
    }

    private Layout Nobody(int generation) => new(
        0, generation, [], _settings.Observers, _settings.ObserverEndpoints, Nobodies(_plan.ShardCount),
        Nobodies(_plan.SliceCount), Nobodies(_plan.SliceCount));

    private static ImmutableArray<string> Nobodies(int count) => [.. Enumerable.Repeat("", count)];

    private Layout EvenLayout(int generation, ImmutableArray<string> nodes) => NewLayout(
        generation, nodes, Placement.Even(_plan.ShardCount, nodes), Placement.Even(_plan.SliceCount, nodes),
        Nobodies(_plan.SliceCount));

    private Layout NewLayout(
        int generation, ImmutableArray<string> nodes, ImmutableArray<string> shards, ImmutableArray<string> slices,
        ImmutableArray<string> sources) =>
        new(++_term, generation, nodes, _settings.Observers, EndpointsOf(nodes), shards, slices, sources);

    private ImmutableArray<string> EndpointsOf(ImmutableArray<string> nodes) =>
        [.. nodes.Select(node => _nodes.TryGetValue(node, out var status)
            ? status.Endpoint : _directive.Layout.EndpointOf(node) ?? ""), .. _settings.ObserverEndpoints];
}
