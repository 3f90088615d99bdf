using ClusterGd.Core.Convergence;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// An observer holds the newest checkpoint. The run begins with it where it is resumed, and where too many nodes are
/// gone: the observer then is where the slices' new hosts get their states from.
/// </summary>
public sealed partial class NodeProtocol
{
    /// <summary>The newest that is whole; null before the first, and on a node.</summary>
    public Checkpoint? Checkpoint => _checkpoints.Newest;

    private bool IsObserver => _directive?.Layout.Observers.Contains(name) == true;

    /// <summary>
    /// What it has told the coordinator, or is about to, must be what it gives out, until all is in place.
    /// </summary>
    private bool IsBeginning => _directive is { Layout: var layout }
        && (layout.Nodes.IsEmpty || !_directive.IsSettled && layout.SliceSources.Contains(name));

    /// <summary>Whether the run stands still so that this step can be saved.</summary>
    private bool IsStoppedToSave => _directive is { IsSettled: true, IsFinishing: false } directive
        && directive.CheckpointAt == directive.Limit;

    /// <summary>A node that takes a slice over asks for its state.</summary>
    public void StateRequested(int slice, string node, Outbox outbox)
    {
        if (IsObserver && Checkpoint is { } held) outbox.Send(RoleAddress.OfNode(node), held.Slices[slice]);
    }

    /// <summary>What a node or the coordinator remembers, for who missed an evaluation.</summary>
    public void Handle(RunMemory memory, Outbox outbox)
    {
        foreach (var evaluation in memory.History) _history.Add(evaluation);
        CompleteCheckpoint(outbox);
        if (memory.HasMore) AskForHistory(outbox);
        ReportResult(outbox);
    }

    /// <summary>Whether an observer of a run that ends has heard of all of its evaluations.</summary>
    private bool HasWholeHistory => _directive is { } directive
        && (!IsObserver || directive.Ending is { } ending && _history.IsCompleteBefore(ending.Step));

    /// <summary>The evaluations after a step, up to the first that an observer has not heard of.</summary>
    /// <param name="step">Those before it are known; ≥ 0.</param>
    public IEnumerable<Evaluation> HeardAfter(long step)
    {
        // Not by a search: a long run has some hundred thousand, and this is asked at each.
        for (long next = plan.NextEvaluation(step);
            next > step && _history.At(next) is { } evaluation; next = plan.NextEvaluation(step))
        {
            step = next;
            yield return evaluation;
        }
        // That of an interrupted run is not the job's, and so not in the history.
        if (_directive?.Last is { } last && last.Step > step && _history.IsCompleteBefore(last.Step))
        {
            yield return last;
        }
    }

    /// <summary>The coordinator knows them all: it could not decide otherwise.</summary>
    private void AskForHistory(Outbox outbox)
    {
        bool isMissing = IsObserver && _directive is { } directive
            && (directive.IsFinishing && !HasWholeHistory
                || directive.Last is { } last && !_history.IsCompleteBefore(last.Step));
        if (!isMissing) return;
        outbox.Send(RoleAddress.Coordinator, new RecallRun(RoleAddress.OfNode(name), _history.CompleteThrough));
    }

    private static EvaluationHistory Remembered(TrainingPlan plan, Checkpoint? start)
    {
        var history = new EvaluationHistory(plan);
        foreach (var evaluation in start?.History ?? []) history.Add(evaluation);
        return history;
    }

    private void Collect(SliceState state, Outbox outbox)
    {
        if (IsBeginning) return;
        _checkpoints.Add(state);
        CompleteCheckpoint(outbox);
    }

    private void CompleteCheckpoint(Outbox outbox)
    {
        if (IsBeginning || _checkpoints.TryComplete(_history) is not { } checkpoint) return;
        outbox.Do(new NodeEffect.CheckpointTaken(checkpoint));
        ReportCheckpoint(outbox);
    }

    private void ReportCheckpoint(Outbox outbox)
    {
        if (!IsObserver) return;
        bool isBeginning = _directive!.Layout.Nodes.IsEmpty;
        if (!isBeginning && !(IsStoppedToSave && Checkpoint?.Step == _directive.CheckpointAt)) return;
        outbox.Send(RoleAddress.Coordinator, new CheckpointHeld(
            name, _directive.Layout.Generation, Checkpoint?.Step, Checkpoint?.Elapsed ?? TimeSpan.Zero));
    }

    /// <summary>Says again what may have been lost, and asks for what is missing.</summary>
    private void SeeToCheckpoint(Outbox outbox)
    {
        if (!IsObserver) return;
        ReportCheckpoint(outbox);
        AskForHistory(outbox);
        var directive = _directive!;
        if (_checkpoints.CompleteStep >= 0)
        {
            foreach (string node in directive.Layout.Nodes)
            {
                outbox.Send(
                    RoleAddress.OfNode(node), new RecallRun(RoleAddress.OfNode(name), _history.CompleteThrough));
            }
        }
        else if (IsStoppedToSave && directive.CheckpointAt is { } step && !(Checkpoint?.Step >= step))
        {
            foreach (int slice in _checkpoints.MissingAt(step))
            {
                RequestState(slice, directive.Layout.SliceHosts[slice], outbox);
            }
        }
    }
}
