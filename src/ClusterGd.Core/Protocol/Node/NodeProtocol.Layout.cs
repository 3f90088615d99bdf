using System.Collections.Immutable;
using ClusterGd.Core.Convergence;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Core.Protocol;

/// <summary>What a node hosts, and how that changes while the run goes on.</summary>
public sealed partial class NodeProtocol
{
    /// <summary>The shards that the layout gives this node.</summary>
    public IReadOnlySet<int> Shards => _shards;

    /// <summary>What the coordinator should know.</summary>
    public NodeStatus Status(string endpoint, string fingerprint) => new(
        name, ++_statusVersion, endpoint, fingerprint, _isLeaving, PreparedTerm, ReadyTerm, Holdings,
        _directive?.Layout.Term ?? 0, Ended is not null, (_previous ?? Current)?.Step, Current?.Step,
        _newest.Max(slice => slice?.Step));

    /// <summary>The evaluations that it has heard of, by step.</summary>
    public ImmutableArray<Evaluation> History => _history.All;

    /// <summary>What a coordinator that takes over should know, with the next evaluations after a step.</summary>
    public RunMemory Memory(long after)
    {
        var (page, hasMore) = _history.After(after);
        return new RunMemory(name, _directive, page, Holdings, Ended, hasMore);
    }

    /// <summary>Asks for a layout without this node.</summary>
    public void Leave(Outbox outbox)
    {
        _isLeaving = true;
        HasNews = true;
    }

    /// <summary>The rows of a shard are here.</summary>
    public void Prepared(int shard, Outbox outbox)
    {
        _preparing.Remove(shard);
        if (!_prepared.Add(shard)) return;
        HasNews = true;
        if (_shards.Contains(shard)) CatchUp([shard], outbox);
        else StandInIfStillWanted(shard, outbox);
    }

    /// <summary>A slice's state has come from the node that had it, or to an observer for a checkpoint.</summary>
    public void Restored(int slice, SliceState state, Outbox outbox)
    {
        if (IsObserver)
        {
            Collect(state, outbox);
            return;
        }
        // What comes late from an earlier move is of another step than the rest.
        if (_awaited.Contains(slice) && state.Step != _directive!.Limit) return;
        if (_awaited.Remove(slice) | _awaitedBackups.Remove(slice))
        {
            Start(slice, state, outbox);
            HasNews = true;
        }
        else if (_slices.ContainsKey(slice)) outbox.Send(RoleAddress.OfSlice(slice, name), state);
    }

    /// <summary>How far a slice is that is here, and whether it is counted as a backup. For the status only.</summary>
    public void SliceAt(int slice, long step, long? backupTerm)
    {
        if (_slices.ContainsKey(slice)) _slices[slice] = (step, backupTerm);
    }

    /// <summary>
    /// How the run ends, where a slice that is served here has come to it: it cannot go on, and whoever takes over can
    /// only bring the others to the same end.
    /// </summary>
    private RunEnding? Ended => _ending is { } ending && _directive!.Layout.SlicesOf(name)
        .Any(slice => _slices.TryGetValue(slice, out var at) && at.Step == ending.Step) ? ending : null;

    private SliceHoldings Holdings => new(
        [.. _slices.Select(slice => new SliceHolding(slice.Key, slice.Value.Step, slice.Value.BackupTerm))]);

    private bool CanCompute(int shard) => _shards.Contains(shard) && _prepared.Contains(shard);

    private long PreparedTerm => _directive switch
    {
        { Next: { } next } when next.ShardsOf(name).All(_prepared.Contains) => next.Term,
        { Layout: var layout } when layout.ShardsOf(name).All(_prepared.Contains) => layout.Term,
        _ => 0,
    };

    private long ReadyTerm =>
        _directive is { } directive && _awaited.Count == 0 ? directive.Layout.Term : 0;

    /// <summary>The last evaluation of an interrupted run is not the job's, even where the job has one.</summary>
    private void Remember(RunDirective directive)
    {
        if (directive.Last is { } last && directive.Ending?.End != RunEnd.Interrupted) _history.Add(last);
    }

    private void Follow(Layout? before, Outbox outbox)
    {
        var directive = _directive!;
        var layout = directive.Layout;
        if (layout.Term != before?.Term)
        {
            if (layout.Generation != _generation) BeginAnew(layout.Generation, outbox);
            TakeShards(layout, outbox);
            TakeSlices(layout, outbox);
            _hasBackups |= layout.SliceBackups.Any(backups => backups.Length > 0);
            HasNews = true;
        }
        Prepare([.. layout.ShardsOf(name), .. directive.Next?.ShardsOf(name) ?? []], outbox);
        if (!directive.IsSettled) return;
        foreach (int slice in _slices.Keys.Except([.. layout.SlicesOf(name), .. layout.BackupsOf(name)]).ToList())
        {
            Drop(slice, outbox);
        }
        if (_isLeaving && !layout.Nodes.Contains(name)) outbox.Do(NodeEffect.MayLeave.Instance);
    }

    /// <summary>
    /// The run begins once more: the parameters here belong to the time before. The evaluations are what they were.
    /// </summary>
    private void BeginAnew(int generation, Outbox outbox)
    {
        _generation = generation;
        _ending = null;
        foreach (int slice in _slices.Keys.ToList()) Drop(slice, outbox);
        _assigned?.Forget();
        ForgetParameters();
    }

    private void ForgetParameters()
    {
        AbandonOrders();
        for (int i = 0; i < _newest.Length; i++)
        {
            _newest[i]?.Values.Release();
            _newest[i] = null;
        }
        Current?.Values.Release();
        _previous?.Values.Release();
        Current = _previous = null;
        _startedStep = _fullPassStep = _askedStep = -1;
        _evaluating.Clear();
    }

    private void TakeShards(Layout layout, Outbox outbox)
    {
        var gained = layout.ShardsOf(name).Where(shard => !_shards.Contains(shard)).ToList();
        _shards.Clear();
        _shards.UnionWith(layout.ShardsOf(name));
        _assigned?.TakeShards(_shards, outbox);
        CatchUp(gained, outbox);
    }

    /// <summary>
    /// Shards that came in the middle of a step are computed at once; the slices count each only once.
    /// </summary>
    private void CatchUp(IReadOnlyList<int> shards, Outbox outbox)
    {
        if (Current is not { IsFinal: false } current || _directive is not { } directive) return;
        if (_startedStep == current.Step) BeginAgain(current, Pass.MiniBatch, shards, outbox);
        if (_fullPassStep == current.Step) BeginAgain(current, Pass.Full, shards, outbox);
        if (current.Step == directive.Limit) Work(outbox);
    }

    private void TakeSlices(Layout layout, Outbox outbox)
    {
        _awaited.Clear();
        _awaitedBackups.Clear();
        foreach (int slice in layout.SlicesOf(name))
        {
            string source = layout.SliceSources[slice];
            if (source.Length > 0 && source != name)
            {
                // The layout knows where the state is; what may be here of it is older.
                if (_slices.ContainsKey(slice)) Drop(slice, outbox);
                _awaited.Add(slice);
            }
            else if (!_slices.ContainsKey(slice))
            {
                if (source.Length == 0) Start(slice, null, outbox);
                else _awaited.Add(slice);
            }
        }
        foreach (int slice in layout.BackupsOf(name).Where(slice => !_slices.ContainsKey(slice)))
        {
            if (layout.SliceSources[slice].Length == 0) Start(slice, null, outbox);
            else _awaitedBackups.Add(slice);
        }
        RequestMissingStates(outbox);
    }

    private void RequestMissingStates(Outbox outbox)
    {
        foreach (int slice in _awaited.Order())
        {
            string source = _directive!.Layout.SliceSources[slice];
            if (source != name) RequestState(slice, source, outbox);
        }
        foreach (int slice in _awaitedBackups.Order())
        {
            RequestState(slice, _directive!.Layout.SliceHosts[slice], outbox);
        }
    }

    /// <param name="from">A slice's host, or one that has a checkpoint.</param>
    private void RequestState(int slice, string from, Outbox outbox) => outbox.Send(
        _directive!.Layout.Nodes.Contains(from) ? RoleAddress.OfSlice(slice, from) : RoleAddress.OfNode(from),
        new StateRequest(slice, name));

    private void Start(int slice, SliceState? state, Outbox outbox)
    {
        _slices[slice] = (state?.Step ?? 0, null);
        outbox.Do(new NodeEffect.StartSlice(slice, _generation, state));
    }

    private void Drop(int slice, Outbox outbox)
    {
        _slices.Remove(slice);
        outbox.Do(new NodeEffect.DropSlice(slice));
    }

    private void Prepare(IEnumerable<int> shards, Outbox outbox)
    {
        var due = shards.Where(shard => !_prepared.Contains(shard) && _preparing.Add(shard)).Order().ToImmutableArray();
        if (due.Length > 0) outbox.Do(new NodeEffect.Prepare(due));
    }
}
