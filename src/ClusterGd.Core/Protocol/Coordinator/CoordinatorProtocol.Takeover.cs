using ClusterGd.Core.Convergence;

namespace ClusterGd.Core.Protocol;

/// <summary>A coordinator takes over from another, and notices one that has taken over from it.</summary>
public sealed partial class CoordinatorProtocol
{
    private const string EvaluationsAreLost = "nobody is left who knows every evaluation";

    /// <summary>The next evaluations after a step, for an observer that missed some.</summary>
    public RunMemory Memory(long after)
    {
        // That of an interrupted run is not the job's.
        var jobs = _history.TakeWhile(evaluation => !_isInterrupted || evaluation.Step < _directive.EvaluateAt);
        var (page, hasMore) = EvaluationHistory.PageOf(jobs, after);
        return new RunMemory(_settings.Name, null, page, SliceHoldings.None, null, hasMore);
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
            // The run was about to start, for the first time or again.
            _directive = newest with
            {
                Coordinator = _settings.Name, CoordinatorEndpoint = _settings.Endpoint, Next = null,
                Layout = newest.Layout with { Term = ++_term },
            };
            return;
        }
        long? furthest = memories.Where(m => IsOf(m, newest)).Max(m => FurthestSlice(m, newest.Layout));
        var ended = memories.FirstOrDefault(m => IsOf(m, newest) && m.Ending is not null)?.Ending;
        newest = Resumed(newest, ended, furthest);
        _isInterrupted = newest.Ending?.End == RunEnd.Interrupted;
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
            Last = _history.LastOrDefault() ?? newest.Last,
        };
        _directive = _directive with
        {
            Layout = LayoutWith(
                sources, $"{_settings.Name} is coordinator after {newest.Coordinator}", isMoving: slice =>
                !newest.IsSettled && newest.Layout.SliceSources[slice] != newest.Layout.SliceHosts[slice]),
        };
        string? loss = !complete.IsCompleteBefore(newest.EvaluateAt) ? EvaluationsAreLost
            : sources.Contains("") ? "nobody is left who has every slice"
            : furthest > ended?.Step ? $"a slice has ended at step {ended.Step}, and another is at step {furthest}"
            : null;
        if (loss is not null)
        {
            BeginAnew(loss, now, outbox);
            return;
        }
        BeginRoundOf(_directive, now);
        Enter(_directive.IsFinishing ? Phase.Finishing
            : _directive.Limit < _directive.EvaluateAt ? Phase.Settling : Phase.Training, now);
        outbox.Do(new CoordinatorEffect.Note(
            $"the coordinator is now at {_settings.Name} and goes on after step " +
            $"{(_history.Count > 0 ? _history[^1].Step : 0)}"));
        Send(_directive, now, outbox);
        GoOnAfterKnown(memories, furthest, now, outbox);
        foreach (var memory in memories)
        {
            if (HasLostState(memory.Node, memory.Holdings)) NodeLost(memory.Node, now, outbox);
        }
    }

    /// <summary>
    /// What a coordinator goes on with: the end, if there is one. Where the run was to be interrupted and slices are
    /// elsewhere, the job's next evaluation: an interruption is said again.
    /// </summary>
    /// <param name="ended">The end that a slice has come to; null for none.</param>
    /// <param name="furthest">Step of a slice.</param>
    private RunDirective Resumed(RunDirective newest, RunEnding? ended, long? furthest)
    {
        if ((ended ?? newest.Ending) is { } ending && (ending.End != RunEnd.Interrupted || !(furthest > ending.Step)))
        {
            return newest with
            {
                Ending = ending, Limit = ending.Step, EvaluateAt = ending.Step, KeepBestStep = null,
                HasFullPass = false,
            };
        }
        if (!newest.IsFinishing && _plan.IsEvaluation(newest.EvaluateAt)) return newest;
        long next = _plan.NextEvaluation(newest.EvaluateAt - 1);
        return newest with
        {
            Ending = null, Last = null, Limit = next, EvaluateAt = next, CheckpointAt = null,
            HasFullPass = _rules.Needs.HasFlag(EvaluationNeeds.FullGradient),
        };
    }

    /// <summary>
    /// An evaluation that a slice is beyond has been decided on, perhaps by a coordinator of lower terms: it is not
    /// waited for once more. What no slice is beyond is made again: the slices come by all evaluations up to there.
    /// </summary>
    private void GoOnAfterKnown(
        IReadOnlyCollection<RunMemory> memories, long? furthest, TimeSpan now, Outbox outbox)
    {
        var known = new Dictionary<long, Evaluation>();
        foreach (var evaluation in memories.SelectMany(m => m.History).Where(e => _plan.IsEvaluation(e.Step)))
        {
            known[evaluation.Step] = evaluation;
        }
        while (_phase == Phase.Training && _directive.EvaluateAt < furthest)
        {
            if (known.TryGetValue(_directive.EvaluateAt, out var evaluation)) Decide(evaluation, now, outbox);
            else BeginAnew(EvaluationsAreLost, now, outbox);
        }
    }

    /// <summary>The furthest step of the slices that a layout has at a node; null if it has none.</summary>
    private static long? FurthestSlice(RunMemory memory, Layout layout) => layout.SlicesOf(memory.Node)
        .Max(slice => memory.Holdings.StepOf(slice));

    /// <summary>
    /// Whether a node or observer goes by another coordinator's word, has ended, or is further than this coordinator
    /// has allowed: by the word of one that went on with it where this one could not hear them.
    /// </summary>
    private bool IsSuperseded(NodeStatus status) => status.Term > _term
        || status.Term == _directive.Layout.Term && (status.HasEnded && !_directive.IsFinishing || IsBeyond(status));

    private void Supersede(long term, Outbox outbox)
    {
        _phase = Phase.Ended;
        outbox.Do(new CoordinatorEffect.Superseded(term));
    }

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
