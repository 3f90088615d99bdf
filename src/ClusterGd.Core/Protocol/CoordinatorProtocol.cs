using System.Collections.Immutable;
using ClusterGd.Core.Convergence;
using ClusterGd.Core.Data;

namespace ClusterGd.Core.Protocol;

/// <summary>How a run came to its end.</summary>
public enum RunEnd
{
    Finished,
    Diverged,
    Lost,
    Interrupted,
}

/// <summary>The result of a run, but for the parameters: those are the final version that every node holds.</summary>
public sealed record RunOutcome(
    RunEnd End, string Reason, long Step, int Epoch, double TrainLoss,
    ImmutableSortedDictionary<string, double> Metrics, ImmutableArray<Evaluation> History);

/// <summary>What the coordinator wants done.</summary>
public abstract record CoordinatorEffect
{
    /// <summary>Have the cluster host every shard and slice.</summary>
    public sealed record Place : CoordinatorEffect;

    /// <summary>Send to every node, which also tells its slices.</summary>
    public sealed record Broadcast(RunDirective Directive) : CoordinatorEffect;

    public sealed record Report(Evaluation Evaluation) : CoordinatorEffect;

    /// <summary>Says what is waited for, and since when.</summary>
    public sealed record Waiting(string What, TimeSpan Since) : CoordinatorEffect;

    /// <summary>A node may not take part.</summary>
    public sealed record Refuse(string Node, string Reason) : CoordinatorEffect;

    /// <summary>The run is over. Nothing follows.</summary>
    public sealed record End(RunOutcome Outcome) : CoordinatorEffect;
}

/// <summary>
/// The life of a run: waits for the nodes, lets them train up to the next evaluation, evaluates, decides, ends. It is
/// not in the path of a step. Every decision is made at a step that the job fixes, so it is the same whatever the
/// timing. Pure: no clock, no sending. One owner.
/// </summary>
public sealed class CoordinatorProtocol
{
    /// <summary>An evaluation that takes longer than this is worth a word, even where only the steps are slow.</summary>
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(30);

    private readonly TrainingPlan _plan;
    private readonly string _fingerprint;
    private readonly int _nodesMin;
    private readonly TimeSpan _retryInterval;
    private readonly StopRules _rules;
    private readonly SortedDictionary<string, NodeStatus> _nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _held = new(StringComparer.Ordinal);
    private readonly EvaluationRound _round;
    private readonly List<Evaluation> _history = [];
    private Phase _phase = Phase.Gathering;
    private RunDirective? _directive;
    private long _sequence;
    private string? _reason;
    private RunEnd _end;
    private TimeSpan _phaseStart, _roundStart, _lastBroadcast, _trainingStart;
    private bool _isInterrupted;

    private enum Phase
    {
        Gathering,
        Placing,
        Training,
        Holding,
        Finishing,
        Ended,
    }

    public CoordinatorProtocol(
        TrainingPlan plan, string fingerprint, int nodesMin, TimeSpan retryInterval, TimeSpan now)
    {
        _plan = plan;
        _fingerprint = fingerprint;
        _nodesMin = nodesMin;
        _retryInterval = retryInterval;
        _rules = plan.NewStopRules();
        _round = new EvaluationRound(plan);
        _phaseStart = now;
    }

    /// <summary>A node tells what it has. Repeated until it is known here.</summary>
    public void Handle(NodeStatus status, TimeSpan now, List<CoordinatorEffect> effects)
    {
        if (_phase == Phase.Ended) return;
        if (status.Fingerprint != _fingerprint)
        {
            effects.Add(new CoordinatorEffect.Refuse(status.Node,
                $"node {status.Node} has {status.Fingerprint}, the run has {_fingerprint}: it needs the same job, data and version"));
            return;
        }
        for (int i = 0; i < status.Slices.Length; i++)
        {
            if (_directive is not null && _directive.Layout.SliceHosts[status.Slices[i]] != status.Node && status.SliceSteps[i] == 0
                && _history.Count > 0)
            {
                Conclude(RunEnd.Lost, $"slice {status.Slices[i]} came back at step {status.SliceSteps[i]} on node " +
                    $"{status.Node} while the run is beyond step {_history[^1].Step}", effects);
                return;
            }
        }
        _nodes[status.Node] = status;
        if (_phase == Phase.Gathering && _nodes.Count >= _nodesMin)
        {
            Enter(Phase.Placing, now);
            effects.Add(new CoordinatorEffect.Place());
        }
        if (_phase == Phase.Placing) TryStart(now, effects);
    }

    /// <summary>A node left or died. What it hosted is lost with it until slices and shards can move.</summary>
    public void NodeLost(string node, List<CoordinatorEffect> effects)
    {
        if (!_nodes.Remove(node) || _phase is Phase.Ended or Phase.Gathering or Phase.Placing) return;
        Conclude(RunEnd.Lost, $"node {node} is gone", effects);
    }

    public void Handle(SliceSummary summary, TimeSpan now, List<CoordinatorEffect> effects)
    {
        if (_round.Add(summary)) Advance(now, effects);
    }

    public void Handle(SliceGradient gradient, TimeSpan now, List<CoordinatorEffect> effects)
    {
        if (_round.Add(gradient)) Advance(now, effects);
    }

    public void Handle(EvaluationPart part, TimeSpan now, List<CoordinatorEffect> effects)
    {
        if (_round.Add(part)) Advance(now, effects);
    }

    public void Handle(Divergence divergence, List<CoordinatorEffect> effects)
    {
        if (_phase != Phase.Ended) Conclude(RunEnd.Diverged, divergence.What, effects);
    }

    /// <summary>Stops at the first step that all nodes can stop at, and keeps its parameters.</summary>
    public void Interrupt(TimeSpan now, List<CoordinatorEffect> effects)
    {
        if (_isInterrupted || _phase == Phase.Ended) return;
        _isInterrupted = true;
        if (_phase is Phase.Gathering or Phase.Placing)
        {
            Conclude(RunEnd.Interrupted, "interrupted before the first step", effects);
        }
        else if (_phase == Phase.Training)
        {
            Enter(Phase.Holding, now);
            Send(_directive! with { IsHeld = true }, now, effects);
        }
    }

    /// <summary>Once all nodes hold, the run ends where the furthest of them is.</summary>
    public void Handle(Held held, TimeSpan now, List<CoordinatorEffect> effects)
    {
        if (_phase != Phase.Holding || !_directive!.IsHeld) return;
        _held[held.Node] = held.NextStep;
        if (_nodes.Keys.Any(node => !_held.ContainsKey(node))) return;
        long limit = Math.Min(_held.Values.Max(), _directive.Limit);
        BeginRound(now, limit, isFinal: false, train: false, test: false, fullPass: false);
        Send(_directive with
        {
            IsHeld = false, Limit = limit, TrainShards = [], TestShards = [], HasFullPass = false,
        }, now, effects);
    }

    /// <summary>Repeats what is wanted while it has not come, and says who is waited for.</summary>
    public void Tick(TimeSpan now, List<CoordinatorEffect> effects)
    {
        if (_phase == Phase.Ended || now - _lastBroadcast < _retryInterval) return;
        _lastBroadcast = now;
        if (_phase == Phase.Gathering)
        {
            effects.Add(new CoordinatorEffect.Waiting(
                $"{_nodesMin - _nodes.Count} of {_nodesMin} nodes", now - _phaseStart));
        }
        else if (_phase == Phase.Placing)
        {
            effects.Add(new CoordinatorEffect.Place());
            effects.Add(new CoordinatorEffect.Waiting("shards and slices to be placed", now - _phaseStart));
        }
        else
        {
            if (now - _roundStart > s_silence) effects.Add(new CoordinatorEffect.Waiting(_round.Describe(), now - _roundStart));
            Send(_directive! with
            {
                TrainShards = _round.Missing(RowSet.Train), TestShards = _round.Missing(RowSet.Test),
            }, now, effects);
        }
    }

    private void TryStart(TimeSpan now, List<CoordinatorEffect> effects)
    {
        var shardHosts = new string[_plan.ShardCount];
        var sliceHosts = new string[_plan.SliceCount];
        foreach (var status in _nodes.Values)
        {
            foreach (int shard in status.Shards) shardHosts[shard] = status.Node;
            foreach (int slice in status.Slices) sliceHosts[slice] = status.Node;
        }
        if (shardHosts.Contains(null) || sliceHosts.Contains(null)) return;
        var layout = new Layout(1, [.. _nodes.Keys], [.. shardHosts], [.. sliceHosts]);
        _directive = new RunDirective(0, layout, 0, false, [], [], false, -1, false, false);
        Enter(Phase.Training, now);
        _trainingStart = now;
        TrainUntil(_plan.NextEvaluation(0), keepBestStep: -1, now, effects);
    }

    private void TrainUntil(long limit, long keepBestStep, TimeSpan now, List<CoordinatorEffect> effects)
    {
        var needs = _rules.Needs;
        bool hasTest = _plan.HasTest;
        bool train = needs.HasFlag(EvaluationNeeds.FullLoss) || (needs.HasFlag(EvaluationNeeds.Metrics) && !hasTest);
        BeginRound(now, limit, isFinal: false, train, hasTest, needs.HasFlag(EvaluationNeeds.FullGradient));
        Send(_directive! with
        {
            Limit = limit, KeepBestStep = keepBestStep, TrainShards = _round.Missing(RowSet.Train),
            TestShards = _round.Missing(RowSet.Test), HasFullPass = needs.HasFlag(EvaluationNeeds.FullGradient),
        }, now, effects);
    }

    private void BeginRound(TimeSpan now, long step, bool isFinal, bool train, bool test, bool fullPass)
    {
        _roundStart = now;
        _round.Begin(step, isFinal, train, test, fullPass);
    }

    /// <summary>The round is complete: decide what follows.</summary>
    private void Advance(TimeSpan now, List<CoordinatorEffect> effects)
    {
        if (_phase is Phase.Ended) return;
        var evaluation = _round.Evaluate(now - _trainingStart);
        if (_phase == Phase.Finishing)
        {
            effects.Add(new CoordinatorEffect.End(Outcome(_end, _reason!, evaluation)));
            _phase = Phase.Ended;
            return;
        }
        _history.Add(evaluation);
        effects.Add(new CoordinatorEffect.Report(evaluation));
        if (!_isInterrupted && !double.IsFinite(evaluation.TrainLoss))
        {
            Conclude(RunEnd.Diverged, $"the training loss at step {evaluation.Step} is {evaluation.TrainLoss}", effects);
            return;
        }
        var verdict = _rules.Check(evaluation);
        if (_isInterrupted) Finish(RunEnd.Interrupted, "interrupted", false, evaluation, now, effects);
        else if (verdict.Reason is not null)
        {
            Finish(RunEnd.Finished, verdict.Reason, verdict.RestoresBest, evaluation, now, effects);
        }
        else if (evaluation.Step >= _plan.StepsTotal)
        {
            Finish(RunEnd.Finished, _plan.Job.Training.Epochs == 1 ? "1 epoch done" : $"{_plan.Job.Training.Epochs} epochs done", false, evaluation, now, effects);
        }
        else
        {
            TrainUntil(
                _plan.NextEvaluation(evaluation.Step), verdict.IsBest ? evaluation.Step : -1, now, effects);
        }
    }

    private void Finish(
        RunEnd end, string reason, bool restoreBest, Evaluation evaluation, TimeSpan now, List<CoordinatorEffect> effects)
    {
        _end = end;
        _reason = reason;
        Enter(Phase.Finishing, now);
        BeginRound(now, evaluation.Step, isFinal: true, train: true, test: _plan.HasTest, fullPass: false);
        Send(_directive! with
        {
            IsFinishing = true, RestoreBest = restoreBest, KeepBestStep = -1, HasFullPass = false, IsHeld = false,
            TrainShards = _round.Missing(RowSet.Train), TestShards = _round.Missing(RowSet.Test),
        }, now, effects);
    }

    /// <summary>Ends at once, without a result that could be used.</summary>
    private void Conclude(RunEnd end, string reason, List<CoordinatorEffect> effects)
    {
        effects.Add(new CoordinatorEffect.End(Outcome(end, reason, _history.Count > 0 ? _history[^1] : null)));
        _phase = Phase.Ended;
    }

    private RunOutcome Outcome(RunEnd end, string reason, Evaluation? last) => new(
        end, reason, last?.Step ?? 0, last?.Epoch ?? 0, last?.TrainLoss ?? double.NaN,
        last?.Metrics ?? ImmutableSortedDictionary<string, double>.Empty, [.. _history]);

    private void Enter(Phase phase, TimeSpan now)
    {
        _phase = phase;
        _phaseStart = now;
    }

    private void Send(RunDirective directive, TimeSpan now, List<CoordinatorEffect> effects)
    {
        _directive = directive with { Sequence = ++_sequence };
        _lastBroadcast = now;
        effects.Add(new CoordinatorEffect.Broadcast(_directive));
    }
}
