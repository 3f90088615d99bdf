using ClusterGd.Core.Checkpoints;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// An observer holds the newest checkpoint. The run begins with it where it is resumed, and where too many nodes are
/// gone: the observer then is where the slices' new hosts get their states from.
/// </summary>
public sealed partial class NodeProtocol
{
    private readonly CheckpointCollector _checkpoints = new(plan, start);

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
    public void StateRequested(int slice, string node, List<NodeEffect> effects)
    {
        if (IsObserver && Checkpoint is { } held) effects.Add(new NodeEffect.SendState(node, held.Slices[slice]));
    }

    /// <summary>What a node remembers, for who missed an evaluation.</summary>
    public void Handle(RunMemory memory, List<NodeEffect> effects)
    {
        foreach (var evaluation in memory.History) _history.Add(evaluation);
        CompleteCheckpoint(effects);
    }

    private static EvaluationHistory Remembered(TrainingPlan plan, Checkpoint? start)
    {
        var history = new EvaluationHistory(plan);
        foreach (var evaluation in start?.History ?? []) history.Add(evaluation);
        return history;
    }

    private void Collect(SliceState state, List<NodeEffect> effects)
    {
        if (IsBeginning) return;
        _checkpoints.Add(state);
        CompleteCheckpoint(effects);
    }

    private void CompleteCheckpoint(List<NodeEffect> effects)
    {
        if (IsBeginning || _checkpoints.TryComplete(_history) is not { } checkpoint) return;
        effects.Add(new NodeEffect.CheckpointTaken(checkpoint));
        ReportCheckpoint(effects);
    }

    private void ReportCheckpoint(List<NodeEffect> effects)
    {
        if (!IsObserver) return;
        bool isBeginning = _directive!.Layout.Nodes.IsEmpty;
        if (!isBeginning && !(IsStoppedToSave && Checkpoint?.Step == _directive.CheckpointAt)) return;
        effects.Add(new NodeEffect.ReportCheckpoint(new CheckpointHeld(
            name, _directive.Layout.Generation, Checkpoint?.Step ?? -1, Checkpoint?.Elapsed ?? TimeSpan.Zero)));
    }

    /// <summary>Says again what may have been lost, and asks for what is missing.</summary>
    private void SeeToCheckpoint(List<NodeEffect> effects)
    {
        if (!IsObserver) return;
        ReportCheckpoint(effects);
        var directive = _directive!;
        if (_checkpoints.CompleteStep >= 0)
        {
            foreach (string node in directive.Layout.Nodes)
            {
                effects.Add(new NodeEffect.RequestMemory(node, _history.CompleteThrough));
            }
        }
        else if (IsStoppedToSave && !(Checkpoint?.Step >= directive.CheckpointAt))
        {
            foreach (int slice in _checkpoints.MissingAt(directive.CheckpointAt))
            {
                effects.Add(new NodeEffect.RequestState(slice, directive.Layout.SliceHosts[slice]));
            }
        }
    }
}
