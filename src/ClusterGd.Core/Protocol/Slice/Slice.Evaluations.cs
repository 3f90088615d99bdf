namespace ClusterGd.Core.Protocol;

/// <summary>
/// What a slice does at an evaluation, what it keeps of it, what of it is saved, and how it ends. It has the parameters
/// of the best evaluation and of the last one that it has left (the mark), and takes up either at the end.
/// </summary>
public abstract partial class Slice
{
    /// <summary>
    /// The present step has been evaluated: sums start from zero, and the parameters may be the best. The host may have
    /// died that was asked for its summary, and its successor is told no more than the directive says.
    /// </summary>
    private protected void KnowIfEvaluated()
    {
        if (IsFinal || !IsAtStep) return;
        if (Directive!.Last?.Step == Step && LastSummary?.Step != Step) Summarize();
        bool isKept = Directive.KeepBestStep == Step
            || Directive.Ending is { RestoresBest: true } ending && ending.KeptStep == Step;
        if (isKept) KeepBest();
    }

    /// <summary>The summary of the present step: made once, and repeated when asked for again.</summary>
    private protected void Summarize(Outbox outbox)
    {
        if (LastSummary is not { } known || known.Step != Step || known.IsFinal != IsFinal) Summarize();
        outbox.Send(RoleAddress.Coordinator, new SliceReport(Generation, LastSummary!));
    }

    /// <summary>
    /// Copies the state where one is wanted, for who saves it. Before an evaluation begins: an interrupted run has one
    /// where the job has none, and what that has reset is in no checkpoint.
    /// </summary>
    private protected void CheckpointIfDue(Outbox outbox)
    {
        bool isDue = Step == Directive!.CheckpointAt
            || Plan.Job.Checkpoint.EverySteps is > 0 and var every && Step > 0 && Step % every == 0;
        if (!isDue || Checkpoint is not null || IsFinal || Divergence is not null) return;
        if (LastSummary is { } last && !Plan.IsEvaluation(last.Step)) return;
        Checkpoint = Export();
        Checkpoint.SendToKeepers(Directive!.Layout, outbox);
    }

    /// <summary>The run ends at the present step.</summary>
    private protected void Finish(Outbox outbox)
    {
        if (!IsFinal)
        {
            TakeKept(Directive!.Ending!);
            IsFinal = true;
        }
        PublishOnce(outbox);
        Summarize(outbox);
    }

    /// <summary>
    /// A run that has diverged ends wherever its slices are, as long as that is not before the evaluation whose
    /// parameters are kept: a backup that takes over may have one update to make until there.
    /// </summary>
    private protected bool TryFinishDiverged(Outbox outbox)
    {
        if (Directive!.Ending is not { IsDiverged: true } ending || !MayEnd(ending)) return false;
        Divergence = null;
        if (!IsFinal)
        {
            TakeKept(ending);
            EndAt(ending.Step);
            IsFinal = true;
        }
        PublishOnce(outbox);
        Summarize(outbox);
        return true;
    }

    private void TakeKept(RunEnding ending)
    {
        if (Step == ending.KeptStep && HasState) return;
        if (!ending.RestoresBest) TakeMark();
        else if (_best is not null) TakeParameters(_best);
    }

    private void KeepBest() => CopyParameters(_best ??= new float[Length]);

    private void Summarize() => LastSummary = MakeSummary();
}
