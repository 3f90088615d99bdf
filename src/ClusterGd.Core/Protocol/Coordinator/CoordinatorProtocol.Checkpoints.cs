namespace ClusterGd.Core.Protocol;

/// <summary>
/// Checkpoints: when one is taken, and where a run begins. A run that is resumed and one that has lost a slice begin in
/// the same way: with the state that an observer holds.
/// </summary>
public sealed partial class CoordinatorProtocol
{
    /// <summary>How long the end of an interrupted run waits for its last checkpoint.</summary>
    private static readonly TimeSpan s_lastCheckpointMax = TimeSpan.FromSeconds(10);

    private bool TakesCheckpoints => _settings.HasCheckpoints && _plan.Job.Checkpoint.IsOn;

    /// <summary>Those that have not said which checkpoint they hold.</summary>
    private IEnumerable<string> UnheardObservers =>
        _settings.Observers.Where(o => !_observersGone.Contains(o) && !_checkpoints.ContainsKey(o));

    /// <summary>An observer holds a checkpoint, or none.</summary>
    public void Handle(CheckpointHeld held, TimeSpan now, Outbox outbox)
    {
        if (_phase == Phase.Ended || held.Generation != _directive.Layout.Generation) return;
        _checkpoints[held.Observer] = held;
        ConsiderMembership(now, outbox);
        FinishIfInterrupted(now, outbox);
    }

    /// <summary>An observer says which evaluations were before the checkpoint that a run begins with.</summary>
    public void Handle(RunMemory memory, TimeSpan now, Outbox outbox)
    {
        // What an observer said before it heard that the run begins may lack the last of them.
        if (_phase != Phase.Preparing || memory.Directive is not null && !IsOf(memory, _directive)) return;
        if (_remembered.Add(memory)) ConsiderMembership(now, outbox);
    }

    /// <summary>An observer is gone without a word, with what it held.</summary>
    public void ObserverLost(string observer, TimeSpan now, Outbox outbox)
    {
        _observersGone.Add(observer);
        _checkpoints.Remove(observer);
        ObserverDone(observer, outbox);
        // It may be the only one that has what the first nodes wait for.
        NodeLost(observer, now, outbox);
        if (_phase == Phase.Ended || !_settings.Observers.All(_observersGone.Contains)) return;
        Conclude(RunEnd.Lost, $"{observer} is gone, and nobody else wants the result", outbox);
    }

    private bool IsCheckpointDue(TimeSpan now) => TakesCheckpoints && !_isInterrupted
        && _plan.Job.Checkpoint.EverySeconds is > 0 and var seconds && (now - _lastCheckpoint).TotalSeconds >= seconds;

    /// <summary>
    /// All slices stand at a step, or will: a checkpoint that is due by time is of that step. Sent by the caller.
    /// </summary>
    private void CheckpointIfDue(long step, TimeSpan now)
    {
        if (!IsCheckpointDue(now)) return;
        _lastCheckpoint = now;
        _directive = _directive with { CheckpointAt = step };
    }

    /// <summary>
    /// Stops the nodes for a moment where the next evaluation, which stops them too, does not come first.
    /// </summary>
    private void HoldIfCheckpointDue(TimeSpan now, Outbox outbox)
    {
        if (_phase == Phase.Training && _directive.IsSettled && !_isMoveDue && IsCheckpointDue(now)) Hold(now, outbox);
    }

    /// <summary>The newest checkpoint that an observer holds; null where the run begins at step 0.</summary>
    private CheckpointHeld? NewestCheckpoint() => _checkpoints.Values.Where(held => held.Step is not null)
        .OrderByDescending(held => held.Step).ThenBy(held => held.Observer, StringComparer.Ordinal).FirstOrDefault();

    /// <summary>Begins, unless evaluations are missing that were before the checkpoint: those are asked for.</summary>
    private void TryStart(Layout layout, TimeSpan now, Outbox outbox)
    {
        var from = NewestCheckpoint();
        if (from is { Step: > 0, Observer: var observer } && !_remembered.IsWhole(observer))
        {
            outbox.Send(
                RoleAddress.OfNode(observer),
                new RecallRun(RoleAddress.OfCoordinatorAt(_settings.Name), _remembered.LastStep(observer)));
            return;
        }
        Start(from, layout, now, outbox);
    }

    private void Start(CheckpointHeld? from, Layout layout, TimeSpan now, Outbox outbox)
    {
        if (from is null && !_plan.HasOwnInitial)
        {
            Conclude(RunEnd.Lost, "nobody has the parameters to begin with", outbox);
            return;
        }
        long step = from?.Step ?? 0;
        if (_isInterrupted && step == 0)
        {
            Conclude(RunEnd.Interrupted, InterruptedAtOnce, outbox);
            return;
        }
        _history.Clear();
        if (from is not null) _history.AddRange(_remembered.Of(from.Observer).Where(e => e.Step < step));
        _remembered.Clear();
        _rules = _plan.NewStopRules();
        foreach (var evaluation in _history) _rules.Check(evaluation);
        _lastCheckpoint = now;
        if (from is null) _trainingStart = now;
        else
        {
            if (layout.Generation == 0) _trainingStart = now - from.Elapsed;
            layout = layout with
            {
                SliceSources = [.. layout.SliceHosts.Select(_ => from.Observer)],
                Why = $"{layout.Why}; from the checkpoint of step {step}",
            };
            if (step > 0)
            {
                outbox.Do(new CoordinatorEffect.Note($"the run goes on from the checkpoint of step {step}"));
            }
        }
        // An evaluation of the step itself is made again: the slices may have begun with it or not.
        _directive = Toward(_plan.NextEvaluation(Math.Max(0, step - 1)), keepBestStep: -1, now) with
        {
            Limit = step, Next = null,
        };
        Enter(Phase.Settling, now);
        Activate(layout, now, outbox);
    }

    /// <summary>An interrupted run ends once its last step is measured and saved, or cannot be saved in time.</summary>
    private void FinishIfInterrupted(TimeSpan now, Outbox outbox)
    {
        if (_interruptedAt is not { } evaluation) return;
        bool isSaved = _directive.CheckpointAt != evaluation.Step || _settings.Observers.All(IsSaved);
        if (!isSaved && now - _interruptedSince < s_lastCheckpointMax) return;
        _interruptedAt = null;
        Finish(RunEnd.Interrupted, "interrupted", evaluation, now, outbox);

        bool IsSaved(string observer) => _observersGone.Contains(observer)
            || _checkpoints.TryGetValue(observer, out var held) && held.Step == evaluation.Step;
    }
}
