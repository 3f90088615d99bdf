using ClusterGd.Core.Convergence;

namespace ClusterGd.Core.Protocol;

/// <summary>A coordinator takes over from another, and notices one that has taken over from it.</summary>
public sealed partial class CoordinatorProtocol
{
    /// <summary>The next evaluations after a step, for an observer that missed some.</summary>
    public RunMemory Memory(long after)
    {
        var (page, hasMore) = EvaluationHistory.PageOf(_history, after);
        return new RunMemory(_settings.Name, null, page, SliceHoldings.None, null, 0, hasMore);
    }

    /// <summary>
    /// A coordinator that takes over goes on where the run is. To be called once, before anything else, with what all
    /// nodes remember that could be asked.
    /// </summary>
    public void Resume(IReadOnlyCollection<RunMemory> memories, TimeSpan now, Outbox outbox)
    {
        RunDirective? newest = null;
        var history = new SortedDictionary<long, Evaluation>();
        var complete = new EvaluationHistory(_plan);
        foreach (var memory in memories)
        {
            _holdings[memory.Node] = memory.Holdings;
            if (memory.Directive is { } directive)
            {
                _term = Math.Max(_term, Math.Max(directive.Layout.Term, directive.Next?.Term ?? 0));
                if (directive.Supersedes(newest)) newest = directive;
            }
        }
        if (newest is null) return;
        // For a moment the coordinator before may still be there: its terms and these must never be the same.
        _term = Terms.Block(_term, _settings.Process);
        if (newest.Layout.Nodes.IsEmpty)
        {
            // The run was about to begin, or to begin anew.
            _directive = newest with
            {
                Coordinator = _settings.Name, CoordinatorEndpoint = _settings.Endpoint, Next = null,
                Layout = newest.Layout with { Term = ++_term },
            };
            return;
        }
        if (memories.FirstOrDefault(m => IsOf(m, newest) && m.Ending is not null)?.Ending is { } ending)
        {
            newest = newest with
            {
                Ending = ending, Limit = ending.Step, EvaluateAt = ending.Step, KeepBestStep = -1, HasFullPass = false,
            };
        }
        // Only an interrupted run is evaluated where the job has no evaluation.
        _isInterrupted = newest.Ending?.End == RunEnd.Interrupted || !_plan.IsEvaluation(newest.EvaluateAt);
        foreach (var evaluation in memories.SelectMany(m => m.History).Where(e => e.Step <= newest.EvaluateAt))
        {
            bool isMade = evaluation.Step < newest.EvaluateAt && _plan.IsEvaluation(evaluation.Step)
                || newest.IsFinishing;
            if (!isMade) continue;
            history[evaluation.Step] = evaluation;
            complete.Add(evaluation);
        }
        if (newest.IsFinishing && newest.Last is { } last) history[last.Step] = last;
        // Once all is settled, a host that is gone is reported lost at once.
        var sources = SourcesOf(newest, node => newest.IsSettled || _holdings.ContainsKey(node));
        _lastCheckpoint = now;
        _history.AddRange(history.Values);
        foreach (var evaluation in _history) _rules.Check(evaluation);
        if (_history.Count > 0) _trainingStart = now - _history[^1].Elapsed;
        _directive = newest with
        {
            Coordinator = _settings.Name, CoordinatorEndpoint = _settings.Endpoint, Next = null, IsHeld = false,
            IsSettled = false,
            // The coordinator that decided on the end may have died before any other node heard of the last evaluation.
            Last = newest.IsFinishing ? _history.LastOrDefault() ?? newest.Last : newest.Last,
        };
        _directive = _directive with
        {
            Layout = LayoutWith(
                sources, $"{_settings.Name} is coordinator after {newest.Coordinator}", isMoving: slice =>
                !newest.IsSettled && newest.Layout.SliceSources[slice] != newest.Layout.SliceHosts[slice]),
        };
        bool hasGap = !complete.IsCompleteBefore(newest.EvaluateAt);
        if (hasGap || sources.Contains(""))
        {
            BeginAnew(
                hasGap ? "nobody is left who knows every evaluation" : "nobody is left who has every slice", now,
                outbox);
            return;
        }
        BeginRoundOf(_directive, now);
        Enter(_directive.IsFinishing ? Phase.Finishing
            : _directive.Limit < _directive.EvaluateAt ? Phase.Settling : Phase.Training, now);
        outbox.Do(new CoordinatorEffect.Note(
            $"the coordinator is now at {_settings.Name} and goes on after step " +
            $"{(_history.Count > 0 ? _history[^1].Step : 0)}"));
        Send(_directive, now, outbox);
        GoOnAfterKnown(memories, now, outbox);
        foreach (var memory in memories)
        {
            if (HasLostState(memory.Node, memory.Holdings)) NodeLost(memory.Node, now, outbox);
        }
    }

    /// <summary>
    /// An evaluation behind which the run was let go has been decided on, perhaps by a coordinator of lower terms, and
    /// the slices may be beyond it: it is not waited for once more. What is only remembered, of the time before the run
    /// began once more, is: nobody may end a run whose slices have steps to make.
    /// </summary>
    private void GoOnAfterKnown(
        IReadOnlyCollection<RunMemory> memories, TimeSpan now, Outbox outbox)
    {
        long allowed = memories.Where(m => IsOf(m, _directive)).Select(m => m.AllowedStep).DefaultIfEmpty().Max();
        var known = new Dictionary<long, Evaluation>();
        foreach (var evaluation in memories.SelectMany(m => m.History).Where(e => _plan.IsEvaluation(e.Step)))
        {
            known[evaluation.Step] = evaluation;
        }
        while (_phase == Phase.Training && !_isInterrupted && _directive.EvaluateAt < allowed
            && known.TryGetValue(_directive.EvaluateAt, out var evaluation))
        {
            Decide(evaluation, now, outbox);
        }
    }

    /// <summary>
    /// Whether a node or observer goes by another coordinator's word, knows an end, or is further than this coordinator
    /// has allowed: by the word of one that went on with it where this one could not hear them.
    /// </summary>
    private bool IsSuperseded(NodeStatus status) => status.Term > _term
        || status.Term == _directive.Layout.Term && (status.IsEnding && !_directive.IsFinishing || IsBeyond(status));

    private bool IsBeyond(NodeStatus status) => _directive.IsSettled && status.ReadyTerm == _directive.Layout.Term
        && _directive.Layout.SlicesOf(status.Node).Any(slice => status.Holdings.StepOf(slice) > _directive.Limit);

    private static bool IsOf(RunMemory memory, RunDirective directive) =>
        memory.Directive?.Layout.Generation == directive.Layout.Generation;

    private void BeginRoundOf(RunDirective directive, TimeSpan now)
    {
        if (directive.IsFinishing)
        {
            BeginRound(now, directive.EvaluateAt, isFinal: true, _plan.Data.Sets, fullPass: false);
            return;
        }
        BeginRound(now, directive.EvaluateAt, isFinal: false, _plan.MeasuredSets, directive.HasFullPass);
    }
}
