using System.Collections.Immutable;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// Nodes come and go. A planned change loses no step: the new hosts fetch their rows first, then the nodes stop
/// together at the next possible step, slices move with their state, and training goes on. A node that dies takes no
/// shard with it, since any other can compute its gradients; where a slice dies with its state and that of its backups,
/// the run goes back to a checkpoint or to step 0, which by the one idea leads to the same bits.
/// </summary>
public sealed partial class CoordinatorProtocol
{
    /// <summary>How long a node that was silent gets nothing new to do.</summary>
    private static readonly TimeSpan s_distrust = TimeSpan.FromSeconds(3);

    // A coordinator begins the run anew at most so many times: 2 to this.
    private const int GenerationBits = 8;

    /// <summary>The minimum is needed to start; a run that starts again takes those that are left.</summary>
    private int NodesMin => _directive.Layout.Generation == 0 ? _settings.NodesMin : 1;

    private IEnumerable<string> Candidates =>
        _nodes.Values.Where(s => !s.IsLeaving && !_distrusted.ContainsKey(s.Node)).Select(s => s.Node);

    /// <summary>A node tells what it has.</summary>
    public void Handle(NodeStatus status, TimeSpan now, Outbox outbox)
    {
        if (_phase == Phase.Ended) return;
        if (status.Fingerprint != _settings.Fingerprint)
        {
            if (_refused.Add(status.Node))
            {
                outbox.Do(new CoordinatorEffect.Note($"node {status.Node} is refused: it has {status.Fingerprint}, " +
                    $"the run has {_settings.Fingerprint}; it needs the same job, data and version"));
            }
            return;
        }
        if (IsSuperseded(status))
        {
            Supersede(status.Term, outbox);
            return;
        }
        _statusAt[status.Node] = now;
        if (_settings.Observers.Contains(status.Node)) return;
        if (_nodes.TryGetValue(status.Node, out var known) && known.Version >= status.Version) return;
        if (status.PreparedTerm >= _directive.Layout.Term && HasLostState(status.Node, status.Holdings))
        {
            _holdings[status.Node] = status.Holdings;
            NodeLost(status.Node, now, outbox);
            return;
        }
        if (known is not null && status.Holdings.NewestStep is { } newest && !(known.Holdings.NewestStep >= newest))
        {
            if (_lastStep > _roundStart) _stepPatience.Saw(now - _lastStep);
            _lastStep = now;
        }
        _nodes[status.Node] = status;
        _holdings[status.Node] = status.Holdings;
        ConsiderMembership(now, outbox);
        TrySettle(now, outbox);
    }

    /// <summary>
    /// A node has not what the layout says it has: it is a new process in the place of one that had.
    /// </summary>
    private bool HasLostState(string node, SliceHoldings holdings)
    {
        var layout = _directive.Layout;
        if (layout.Nodes.IsEmpty) return false;
        var keepers = _directive.IsSettled ? layout.SliceHosts : layout.SliceSources;
        for (int slice = 0; slice < keepers.Length; slice++)
        {
            if (keepers[slice] == node && holdings.StepOf(slice) is null) return true;
        }
        return false;
    }

    /// <summary>
    /// A node has been silent for longer than is normal for it: others do its work, where they can without going
    /// back. If it comes to itself it is one more node.
    /// </summary>
    public void NodeSilent(string node, TimeSpan now, Outbox outbox)
    {
        if (!_distrusted.TryGetValue(node, out var until) || until < now + s_distrust)
        {
            _distrusted[node] = now + s_distrust;
        }
        if (!IsNeeded(node)) Relieve(node, DescribeLargeOnly(node, now) ?? "silent", now, outbox);
    }

    /// <summary>A node is gone without a word.</summary>
    public void NodeLost(string node, TimeSpan now, Outbox outbox) =>
        Relieve(node, "gone", now, outbox);

    private void Relieve(string node, string how, TimeSpan now, Outbox outbox)
    {
        bool isHost = Hosts.Contains(node);
        if (!_nodes.Remove(node) && !isHost || _phase == Phase.Ended) return;
        // What is planned was planned with the node, or has a lower term than what its loss calls for.
        if (_directive.Next is not null && (isHost || _directive.Next.Nodes.Contains(node))) DropNext(now, outbox);
        if (!isHost) return;
        _holdings.Remove(node);
        var sources = SourcesOf(_directive, host => host != node);
        var hosts = _directive.Layout.SliceHosts
            .Select((host, slice) => host == node ? HostAmong(sources[slice]) : host).ToImmutableArray();
        // A node that was about to be relieved of a slice may have to keep it.
        var others = _directive.Layout.Nodes.Remove(node).Union(hosts.Where(h => h.Length > 0)).ToImmutableArray();
        if (others.IsEmpty || sources.Contains(""))
        {
            BeginAnew($"node {node} is {how} with slices that nobody else has", now, outbox);
            return;
        }
        outbox.Do(new CoordinatorEffect.Note($"node {node} is {how}; its work goes to {Names(others)}"));
        hosts = Placement.Without("", hosts, others);
        var shards = Placement.Without(node, _directive.Layout.ShardHosts, others);
        var backups = Placement.Backups(hosts, others, _settings.Backups, BackupNodes);
        Array.Clear(_reached);
        Activate(
            NewLayout(_directive.Layout.Generation, others, shards, hosts, sources, backups, $"node {node} is {how}"),
            now, outbox);

        // An observer that has the state of a slice gives it to any node.
        string HostAmong(string source) => _settings.Observers.Contains(source) ? "" : source;
    }

    /// <summary>
    /// The layout of the coordinator before, in another term. Where a slice does not move, but its host has not
    /// answered, who has its state hosts it: nobody hands a state over between two limits.
    /// </summary>
    private Layout LayoutWith(ImmutableArray<string> sources, string why, Func<int, bool> isMoving)
    {
        var layout = _directive.Layout;
        var hosts = layout.SliceHosts
            .Select((host, slice) => isMoving(slice) || sources[slice].Length == 0 ? host : sources[slice])
            .ToImmutableArray();
        return NewLayout(
            layout.Generation, layout.Nodes, layout.ShardHosts, hosts, sources,
            Placement.Backups(hosts, layout.Nodes, _settings.Backups, BackupNodes), why);
    }

    private ImmutableArray<ImmutableArray<string>> BackupNodes =>
        [.. _directive.Layout.SliceBackups.Select(backups => backups.Select(b => b.Node).ToImmutableArray())];

    /// <summary>The nodes that host something, or still keep what moves.</summary>
    public ImmutableArray<string> Hosts => _directive.IsSettled
        ? _directive.Layout.Nodes
        : [.. _directive.Layout.Nodes.Union(_directive.Layout.SliceSources).Where(node => node.Length > 0)];

    /// <summary>Looks whether other nodes should host than do, and brings it about.</summary>
    private void ConsiderMembership(TimeSpan now, Outbox outbox)
    {
        foreach (var (node, until) in _distrusted)
        {
            if (now >= until) _distrusted.Remove(node);
        }
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
                string why = LayoutReasons.Gathered(wanted.Length, _beginsAnew);
                _directive = _directive with { Next = EvenLayout(_directive.Layout.Generation, wanted, why) };
                Enter(Phase.Preparing, now);
                Send(_directive, now, outbox);
                break;
            case Phase.Gathering when now - _phaseStart > _settings.GatheringMax:
                Conclude(RunEnd.Lost, $"only {wanted.Length} of {NodesMin} nodes came in " +
                    $"{_settings.GatheringMax.TotalSeconds:F0} s", outbox);
                break;
            case Phase.Preparing when _directive.Next!.Nodes.All(IsPrepared) && !UnheardObservers.Any():
                TryStart(_directive.Next, now, outbox);
                break;
            case Phase.Training when _directive.IsSettled && !_isInterrupted:
                ConsiderMove(wanted, now, outbox);
                break;
        }
    }

    private void ConsiderMove(ImmutableArray<string> wanted, TimeSpan now, Outbox outbox)
    {
        var target = _directive.Next?.Nodes ?? _directive.Layout.Nodes;
        if (wanted.SequenceEqual(target))
        {
            if (!_isMoveDue && _directive.Next?.Nodes.All(IsPrepared) == true) Hold(now, outbox);
            return;
        }
        // With nobody to hand over to, the leaving ones go on until they lose patience.
        if (now - _wantedSince < _settings.Debounce || wanted.IsEmpty) return;
        if (wanted.SequenceEqual(_directive.Layout.Nodes)) DropNext(now, outbox);
        else
        {
            string why = LayoutReasons.Changed(_directive.Layout.Nodes, wanted);
            Send(_directive with { Next = EvenLayout(_directive.Layout.Generation, wanted, why) }, now, outbox);
        }
    }

    private void DropNext(TimeSpan now, Outbox outbox)
    {
        _directive = _directive with { Next = null };
        if (_phase == Phase.Preparing) Enter(Phase.Gathering, now);
        else Send(_directive, now, outbox);
    }

    private bool IsPrepared(string node) =>
        _nodes.TryGetValue(node, out var status) && status.PreparedTerm >= (_directive.Next ?? _directive.Layout).Term;

    private bool IsReady(string node) =>
        _nodes.TryGetValue(node, out var status) && status.ReadyTerm >= _directive.Layout.Term;

    /// <summary>An evaluation is done, or a move: the steps go on, unless it is the moment for a move.</summary>
    private void GoOn(long step, TimeSpan now, Outbox outbox)
    {
        _isMoveDue = false;
        CheckpointIfDue(step, now);
        if (_directive.Next is { } next && next.Nodes.SequenceEqual(_wanted) && next.Nodes.All(IsPrepared))
        {
            _directive = _directive with { Limit = step };
            Move(now, outbox);
            return;
        }
        Enter(Phase.Training, now);
        Send(_directive, now, outbox);
    }

    /// <summary>All slices are at the limit: the next layout becomes active.</summary>
    private void Move(TimeSpan now, Outbox outbox)
    {
        if (_directive.Next is not { } next || !next.Nodes.All(IsPrepared))
        {
            // The nodes it was for are gone again, or not prepared yet: it was for a checkpoint.
            Enter(Phase.Training, now);
            _directive = _directive with { Limit = _directive.EvaluateAt };
            if (_isInterrupted) Hold(now, outbox);
            else Send(_directive, now, outbox);
            return;
        }
        outbox.Do(new CoordinatorEffect.Note($"at step {_directive.Limit} the work moves to {Names(next.Nodes)}"));
        _directive = _directive with { Next = null, IsHeld = false };
        Enter(Phase.Settling, now);
        Activate(next with { SliceSources = _directive.Layout.SliceHosts }, now, outbox);
    }

    private void Activate(Layout layout, TimeSpan now, Outbox outbox)
    {
        _sequence = 0;
        _held.Clear();
        Send(_directive with { Layout = layout, IsSettled = false }, now, outbox);
        TrySettle(now, outbox);
    }

    /// <summary>Where all nodes of the layout have what it gives them, those outside it may go.</summary>
    private void TrySettle(TimeSpan now, Outbox outbox)
    {
        if (_directive.IsSettled || _directive.Layout.Nodes.IsEmpty || !_directive.Layout.Nodes.All(IsReady)) return;
        if (_phase == Phase.Settling)
        {
            Enter(Phase.Training, now);
            _directive = _directive with { Limit = _directive.EvaluateAt };
        }
        Send(_directive with { IsSettled = true }, now, outbox);
        if (_isInterrupted && _phase == Phase.Training) Hold(now, outbox);
    }

    /// <summary>
    /// One that no coordinator has given before, not even one in between that the nodes have forgotten over another.
    /// </summary>
    private int NextGeneration => Math.Max(
        _directive.Layout.Generation + 1, (int)Terms.Round(_term) << GenerationBits);

    /// <summary>
    /// The run starts over, with the newest checkpoint or from step 0: purity makes that right, and it is the last
    /// resort.
    /// </summary>
    private void BeginAnew(string why, TimeSpan now, Outbox outbox)
    {
        string how = _plan.Mode.IsSynchronous ? ", to the same bits" : "";
        outbox.Do(new CoordinatorEffect.Note(
            $"{why}: the run begins anew, from a checkpoint where there is one{how}"));
        _beginsAnew = why;
        _history.Clear();
        _checkpoints.Clear();
        _remembered.Clear();
        _wanted = [];
        _result = _interruptedAt = null;
        _observersDone.IntersectWith(_observersGone);
        _round.Cancel();
        _directive = _directive with
        {
            Next = null, IsHeld = false, IsSettled = false, Ending = null, Last = null, KeepBestStep = null, Limit = 0,
            EvaluateAt = 0, TrainShards = [], TestShards = [], ValidationShards = [], HasFullPass = false,
            CheckpointAt = null,
            // Another term: what nodes say of the end before is of the one before.
            Layout = Nobody(NextGeneration) with { Term = ++_term, Why = why },
        };
        Enter(Phase.Gathering, now);
        ConsiderMembership(now, outbox);
    }

    /// <summary>
    /// By slice a node that can go on with it: its host; where that is gone a backup that it counted, which is one
    /// update behind at most; in the middle of a move who is at the limit: the source, which keeps the state until all
    /// is settled, or another. Empty where nobody can.
    /// </summary>
    private ImmutableArray<string> SourcesOf(RunDirective directive, Func<string, bool> isThere)
    {
        var layout = directive.Layout;
        return [.. Enumerable.Range(0, _plan.SliceCount).Select(SourceOf)];

        string SourceOf(int slice)
        {
            string host = layout.SliceHosts[slice], source = layout.SliceSources[slice];
            if (directive.IsSettled || source == host)
            {
                return isThere(host) ? host : layout.SliceBackups[slice].FirstOrDefault(backup =>
                    isThere(backup.Node) && HoldingsOf(backup.Node).BackupTermOf(slice) >= backup.Since)?.Node ?? "";
            }
            if (isThere(host) && HoldingsOf(host).StepOf(slice) == directive.Limit) return host;
            if (source.Length > 0 && isThere(source)) return source;
            return _holdings.Where(pair => isThere(pair.Key) && pair.Value.StepOf(slice) == directive.Limit)
                .Select(pair => pair.Key).Order(StringComparer.Ordinal).FirstOrDefault("");
        }
    }

    private SliceHoldings HoldingsOf(string node) => _holdings.GetValueOrDefault(node, SliceHoldings.None);

    private Layout Nobody(int generation) => new(
        0, generation, [], _settings.Observers, _settings.ObserverEndpoints, Nobodies(_plan.ShardCount),
        Nobodies(_plan.SliceCount), Nobodies(_plan.SliceCount), 
        [.. Enumerable.Repeat(ImmutableArray<SliceBackup>.Empty, _plan.SliceCount)]);

    private static ImmutableArray<string> Nobodies(int count) => [.. Enumerable.Repeat("", count)];

    private Layout EvenLayout(int generation, ImmutableArray<string> nodes, string why)
    {
        var slices = Placement.Even(_plan.SliceCount, nodes);
        return NewLayout(
            generation, nodes, Placement.Even(_plan.ShardCount, nodes), slices, Nobodies(_plan.SliceCount),
            Placement.Backups(slices, nodes, _settings.Backups, [.. slices.Select(_ => Nobodies(0))]), why);
    }

    private Layout NewLayout(
        int generation, ImmutableArray<string> nodes, ImmutableArray<string> shards, ImmutableArray<string> slices,
        ImmutableArray<string> sources, ImmutableArray<ImmutableArray<string>> backups, string why)
    {
        long term = ++_term;
        var before = _directive.Layout;
        return new(
            term, generation, nodes, _settings.Observers, EndpointsOf(nodes), shards, slices, sources,
            [.. backups.Select((chosen, slice) => chosen.Select(node => BackupAt(slice, node)).ToImmutableArray())],
            why);

        SliceBackup BackupAt(int slice, string node) =>
            generation == before.Generation && before.BackupAt(slice, node) is { } known
                ? known : new SliceBackup(node, term);
    }

    private ImmutableArray<string> EndpointsOf(ImmutableArray<string> nodes) =>
        [.. nodes.Select(node => _nodes.TryGetValue(node, out var status)
            ? status.Endpoint : _directive.Layout.EndpointOf(node) ?? ""), .. _settings.ObserverEndpoints];
}
