using System.Collections.Immutable;
using ClusterGd.Core.Convergence;
using ClusterGd.Core.Data;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// The life of a run: waits for the nodes, lets them train up to the next evaluation, evaluates, decides, ends; and
/// moves shards and slices as nodes come and go. It is not in the path of a step. Every decision about the training is
/// made at a step that the job fixes, so it is the same whatever the timing. Pure: no clock, no sending. One owner.
/// </summary>
public sealed partial class CoordinatorProtocol
{
    private const string InterruptedAtOnce = "interrupted before the first step";

    /// <summary>If links are known to be bad, so long without a step is worth a word.</summary>
    private static readonly TimeSpan s_badLinkSilence = TimeSpan.FromSeconds(2);

    public CoordinatorProtocol(TrainingPlan plan, CoordinatorSettings settings, TimeSpan now)
    {
        _plan = plan;
        _settings = settings;
        _rules = plan.NewStopRules();
        _round = new EvaluationRound(plan);
        _reached = new bool[plan.SliceCount];
        _term = Terms.First(settings.Process);
        _phaseStart = _trainingStart = now;
        _stepPatience.Saw(TimeSpan.Zero);
        _directive = new RunDirective(settings.Name, Nobody(generation: 0))
        {
            CoordinatorEndpoint = settings.Endpoint,
        };
    }

    /// <summary>
    /// A slice is at an evaluation. One of before the run began once more does not count, though its numbers are the
    /// same: the slices of now have steps to make.
    /// </summary>
    public void Handle(SliceReport report, TimeSpan now, Outbox outbox)
    {
        if (report.Generation == _directive.Layout.Generation && _round.Add(report.Summary)) Advance(now, outbox);
    }

    public void Handle(SliceGradient gradient, TimeSpan now, Outbox outbox)
    {
        if (_round.Add(gradient)) Advance(now, outbox);
    }

    public void Handle(EvaluationPart part, TimeSpan now, Outbox outbox)
    {
        if (_round.Add(part)) Advance(now, outbox);
    }

    /// <summary>
    /// Stops at the first step that all nodes can stop at, and keeps its parameters. A run that begins anew first comes
    /// to the checkpoint that it begins with.
    /// </summary>
    public void Interrupt(TimeSpan now, Outbox outbox)
    {
        if (_isInterrupted || _phase is Phase.Ended or Phase.Finishing) return;
        _isInterrupted = true;
        bool isFirstLayout = _directive.Layout.Term == Terms.First(_settings.Process) + 1;
        bool isBeginning = _directive.Layout.Generation == 0 && _phase is Phase.Gathering or Phase.Preparing
            || isFirstLayout && _phase == Phase.Settling;
        if (isBeginning) Conclude(RunEnd.Interrupted, InterruptedAtOnce, outbox);
        else if (_phase == Phase.Training) Hold(now, outbox);
    }

    /// <summary>Once all nodes hold, the furthest of them says where all can stop.</summary>
    public void Handle(Held held, TimeSpan now, Outbox outbox)
    {
        if (_phase != Phase.Holding || held.Term != _directive.Layout.Term) return;
        _held[held.Node] = held.NextStep;
        TryStopAtLimit(now, outbox);
    }

    /// <summary>A slice is at the limit, for a move.</summary>
    public void Handle(SliceReached reached, TimeSpan now, Outbox outbox)
    {
        if (reached.Generation != _directive.Layout.Generation) return;
        if (reached.Step > _directive.Limit && (_phase == Phase.Draining || _phase == Phase.Training && _isInterrupted))
        {
            if (reached.Step > NextEvaluation)
            {
                Supersede(_term, outbox);
                return;
            }
            // Slices may have begun with the evaluation of an interrupted run, which spoils a checkpoint.
            StopAt(reached.Step, isSaved: false, now, outbox);
            return;
        }
        if (_phase != Phase.Draining || reached.Step != _directive.Limit) return;
        _reached[reached.Slice] = true;
        if (!_reached.All(isThere => isThere)) return;
        _directive = _directive with { CheckpointAt = null };
        Move(now, outbox);
    }

    /// <summary>Repeats what is wanted while it has not come, and says who is waited for.</summary>
    public void Tick(TimeSpan now, Outbox outbox)
    {
        if (_phase == Phase.Ended) return;
        JudgeLinks(now, outbox);
        ConsiderMembership(now, outbox);
        BeginAnewIfStranded(now, outbox);
        HoldIfCheckpointDue(now, outbox);
        FinishIfInterrupted(now, outbox);
        GiveUpObserver(now, outbox);
        if (_phase == Phase.Ended || now - _lastBroadcast < _settings.RetryInterval) return;
        _lastBroadcast = now;
        SayWhoIsWaitedFor(now, outbox);
        if (_phase != Phase.Gathering)
        {
            Send(WithMissing(_directive), now, outbox);
        }
    }

    private void SayWhoIsWaitedFor(TimeSpan now, Outbox outbox)
    {
        var layout = _directive.Layout;
        var lastProgress = _lastStep > _roundStart ? _lastStep : _roundStart;
        string? what = _phase switch
        {
            Phase.Gathering =>
                $"{Math.Max(1, NodesMin - Candidates.Count())} more of {NodesMin} nodes",
            Phase.Preparing when _directive.Next!.Nodes.All(IsPrepared) && UnheardObservers.Any() =>
                $"{Names(UnheardObservers)} to say which checkpoint it holds",
            Phase.Preparing when _directive.Next!.Nodes.All(IsPrepared) =>
                $"{NewestCheckpoint()?.Observer} to say which evaluations were before its checkpoint",
            Phase.Preparing => $"rows to reach {Names(_directive.Next!.Nodes.Where(n => !IsPrepared(n)))}",
            Phase.Settling => $"slices to reach {Names(layout.Nodes.Where(n => !IsReady(n)))}",
            Phase.Holding => $"{Names(layout.Nodes.Where(n => !_held.ContainsKey(n)))} to say where to stop",
            Phase.Draining =>
                $"slices {LayoutText.Ranges(SlicesBehind())} to reach step {_directive.Limit}",
            Phase.Finishing when _result is not null =>
                $"{Names(_settings.Observers.Except(_observersDone))} to take the result",
            Phase.Training when _interruptedAt is not null =>
                $"{Names(_settings.Observers)} to take the checkpoint of step {_directive.Limit}",
            _ when now - lastProgress > _stepPatience.Value => _round.Describe(),
            _ => null,
        };
        if (DescribeBadLinks(now) is { } badLinks && now - lastProgress > s_badLinkSilence)
        {
            what = $"{what ?? "a step"} ({badLinks})";
        }
        var since = now - (_phase is Phase.Training or Phase.Finishing ? lastProgress : _phaseStart);
        if (what is not null) outbox.Do(new CoordinatorEffect.Waiting(what, since));
    }

    private List<int> SlicesBehind() => [.. Enumerable.Range(0, _reached.Length).Where(i => !_reached[i])];

    private static string Names<T>(IEnumerable<T> names) => string.Join(", ", names);

    private void Hold(TimeSpan now, Outbox outbox)
    {
        _held.Clear();
        Enter(Phase.Holding, now);
        Send(_directive with { IsHeld = true }, now, outbox);
    }

    private void TryStopAtLimit(TimeSpan now, Outbox outbox)
    {
        if (_directive.Layout.Nodes.Any(node => !_held.ContainsKey(node))) return;
        long limit = Math.Min(_directive.Layout.Nodes.Max(node => _held[node]), _directive.EvaluateAt);
        StopAt(limit, isSaved: TakesCheckpoints, now, outbox);
    }

    /// <summary>No slice is beyond it, unless by the word of another coordinator.</summary>
    private long NextEvaluation => _plan.NextEvaluation(_history.Count > 0 ? _history[^1].Step : 0);

    /// <summary>All come to a step; or to one further, where a slice turns out to be there already.</summary>
    private void StopAt(long limit, bool isSaved, TimeSpan now, Outbox outbox)
    {
        if (_isInterrupted)
        {
            Enter(Phase.Training, now);
            BeginRound(now, limit, isFinal: false, [], fullPass: false);
            Send(WithMissing(_directive with
            {
                IsHeld = false, Limit = limit, EvaluateAt = limit,
                HasFullPass = false, CheckpointAt = isSaved ? limit : null,
            }), now, outbox);
        }
        else if (limit == _directive.EvaluateAt)
        {
            // The evaluation stops everyone anyway: the move follows it.
            _isMoveDue = true;
            Enter(Phase.Training, now);
            Send(_directive with { IsHeld = false, Limit = limit }, now, outbox);
        }
        else
        {
            Array.Clear(_reached);
            CheckpointIfDue(limit, now);
            Enter(Phase.Draining, now);
            Send(_directive with { IsHeld = false, Limit = limit }, now, outbox);
        }
    }

    /// <summary>What training up to the next evaluation asks for; sent by the caller.</summary>
    private RunDirective Toward(long evaluateAt, long keepBestStep, TimeSpan now)
    {
        bool hasFullPass = _rules.Needs.HasFlag(EvaluationNeeds.FullGradient);
        BeginRound(now, evaluateAt, isFinal: false, _plan.MeasuredSets, hasFullPass);
        return WithMissing(_directive with
        {
            Limit = evaluateAt, EvaluateAt = evaluateAt, KeepBestStep = keepBestStep, HasFullPass = hasFullPass,
            IsHeld = false, Last = _history.Count > 0 ? _history[^1] : null,
        });
    }

    private void BeginRound(TimeSpan now, long step, bool isFinal, ImmutableArray<RowSet> sets, bool fullPass)
    {
        _roundStart = now;
        _round.Begin(step, isFinal, sets, fullPass);
    }

    /// <summary>The directive with the shards whose part of the present round has not come.</summary>
    private RunDirective WithMissing(RunDirective directive) => directive with
    {
        TrainShards = _round.Missing(RowSet.Train), TestShards = _round.Missing(RowSet.Test),
        ValidationShards = _round.Missing(RowSet.Validation),
    };

    /// <summary>The round is complete: decide what follows.</summary>
    private void Advance(TimeSpan now, Outbox outbox)
    {
        if (_phase == Phase.Ended) return;
        var evaluation = _round.Evaluate(now - _trainingStart);
        if (_directive.IsFinishing)
        {
            (_result, _resultSince) = (evaluation, now);
            TryEnd(outbox);
            return;
        }
        outbox.Do(new CoordinatorEffect.Report(evaluation));
        Decide(evaluation, now, outbox);
    }

    /// <summary>What follows from an evaluation.</summary>
    private void Decide(Evaluation evaluation, TimeSpan now, Outbox outbox)
    {
        _history.Add(evaluation);
        if (!_isInterrupted && !double.IsFinite(evaluation.TrainLoss))
        {
            FinishDiverged(
                evaluation.Step, $"the training loss at step {evaluation.Step} is {evaluation.TrainLoss}", now,
                outbox);
            return;
        }
        var verdict = _rules.Check(evaluation);
        if (_isInterrupted)
        {
            (_interruptedAt, _interruptedSince) = (evaluation, now);
            FinishIfInterrupted(now, outbox);
        }
        else if (verdict.Reason is not null)
        {
            Finish(RunEnd.Finished, verdict.Reason, evaluation, now, outbox);
        }
        else if (evaluation.Step >= _plan.StepsTotal)
        {
            int epochs = _plan.Job.Training.Epochs;
            Finish(
                RunEnd.Finished, epochs == 1 ? "1 epoch done" : $"{epochs} epochs done", evaluation, now, outbox);
        }
        else
        {
            _directive = Toward(
                _plan.NextEvaluation(evaluation.Step), verdict.IsBest ? evaluation.Step : -1, now);
            GoOn(evaluation.Step, now, outbox);
        }
    }

    private void Enter(Phase phase, TimeSpan now)
    {
        _phase = phase;
        _phaseStart = now;
    }

    private void Send(RunDirective directive, TimeSpan now, Outbox outbox)
    {
        _directive = directive with { Sequence = ++_sequence };
        _lastBroadcast = now;
        outbox.Do(new CoordinatorEffect.Broadcast(
            [.. _nodes.Keys.Union(_directive.Layout.Nodes).Union(_settings.Observers)], _directive));
    }
}
