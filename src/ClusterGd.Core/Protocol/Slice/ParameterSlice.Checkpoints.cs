namespace ClusterGd.Core.Protocol;

/// <summary>A slice's part of a checkpoint: its state between two steps, copied for who saves it.</summary>
public sealed partial class ParameterSlice
{
    /// <summary>
    /// Copies the state where one is wanted. Before an evaluation begins: an interrupted run has one where the job has
    /// none, and what that has reset is in no checkpoint.
    /// </summary>
    private void CheckpointIfDue(bool isDue, Outbox outbox)
    {
        if (!isDue || _checkpoint is not null || _isFinal || _divergence is not null) return;
        if (_lastSummary is { } last && !_plan.IsEvaluation(last.Step)) return;
        _checkpoint = Export();
        _checkpoint.SendToKeepers(_directive!.Layout, outbox);
    }

    private bool IsCheckpointByStep => _plan.Job.Checkpoint.EverySteps is > 0 and var every && Step % every == 0;
}
