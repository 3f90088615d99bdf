using ClusterGd.Cluster.Storage;
using ClusterGd.Core.Convergence;
using ClusterGd.Core.Events;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster;

/// <summary>
/// Holds a run's event log against its job and data, and against what else the run left: a log that was cut, edited or
/// mixed with another is never taken for the whole of a run. Pure.
/// </summary>
/// <param name="plan">Of the run.</param>
/// <param name="log">Its event log.</param>
/// <param name="manifest">Of its model; null where it has none.</param>
/// <param name="stepMin">Updates that other files show to have been made at least, evaluations included.</param>
public sealed class RunAudit(TrainingPlan plan, EventLines log, ModelManifest? manifest, long stepMin)
{
    /// <summary>Whether the run has ended: with a model, after which no process went on.</summary>
    public bool IsOver => manifest is not null && !IsResumedSince(manifest);

    /// <summary>How far the run came, without a word of the log.</summary>
    public RunExtent? Extent => manifest is null
        ? stepMin > 0 ? new RunExtent(stepMin, false, "the run's other files") : null
        : new RunExtent(
            IsOver ? manifest.Steps : Math.Max(manifest.Steps, stepMin),
            // Of a run that diverged the model may be of an earlier step than its last evaluation.
            IsOver && manifest.End != TrainingEnd.Diverged, "model.json");

    public AuditReport Check()
    {
        var entries = log.Events.Where(e => e is { Kind: EventKind.Evaluated, Step: not null })
            .Select(e => new RowAudit.Entry(
                e.Step!.Value, [.. (e.Counted ?? []).Select(line => line.Read()).OfType<StepsCounted>()]));
        var report = new RowAudit(plan).Check([.. entries], Extent);
        return report with { LogProblems = [.. LogProblems()] };
    }

    private IEnumerable<string> LogProblems()
    {
        foreach (string place in log.Breaks.Take(5))
        {
            yield return $"{place}: lines are missing, doubled, edited or of another log";
        }
        if (log.Breaks.Count > 5) yield return $"{log.Breaks.Count - 5} more lines do not follow from the one before";
        string job = JobText.Hash(plan.Job, JobTables.All);
        bool hasBeginning = log.Events.Count == 0 || log.Events[0].Kind == EventKind.Began;
        if (!hasBeginning) yield return "the log's beginning is missing";
        foreach (var began in log.Events.Where(e => e.Kind == EventKind.Began))
        {
            if (began.JobHash is { } of && of != job) yield return $"the log has lines of a run with job hash {of}";
            if (began.DataHash is { } data && data != plan.Data.ContentHash)
            {
                yield return $"the log has lines of a run with data hash {data}";
            }
        }
        if (manifest is null) yield break;
        foreach (string problem in ManifestProblems(manifest, job)) yield return problem;
    }

    private IEnumerable<string> ManifestProblems(ModelManifest model, string job)
    {
        if (model.JobHash != job) yield return $"model.json is of job hash {model.JobHash}, the run of {job}";
        if (model.DataHash != plan.Data.ContentHash)
        {
            yield return $"model.json is of data hash {model.DataHash}, the run of {plan.Data.ContentHash}";
        }
        if (model.Steps < 0 || model.Steps > plan.StepsTotal)
        {
            yield return $"model.json says {model.Steps} steps, the job has {plan.StepsTotal}";
        }
        if (model.End != TrainingEnd.Diverged && model.Epochs != model.Steps / plan.Shards.StepsPerEpoch)
        {
            yield return $"model.json says {model.Epochs} epochs, but its {model.Steps} steps are " +
                $"{model.Steps / plan.Shards.StepsPerEpoch}";
        }
        if (IsOver) foreach (string problem in EndProblems(model)) yield return problem;
    }

    private IEnumerable<string> EndProblems(ModelManifest model)
    {
        var last = log.Events.FindLast(e => e.Kind is EventKind.Ended or EventKind.Began);
        if (last?.Kind != EventKind.Ended)
        {
            yield return "the log's end is missing";
            yield break;
        }
        if (last.ModelSha256 is { } hash && hash != model.ModelSha256)
        {
            yield return $"the log ends with a model of sha256 {hash}, model.json is of {model.ModelSha256}";
        }
        if (model.End == TrainingEnd.Diverged) yield break;
        if (last.Step != model.Steps) yield return $"the log ends at step {last.Step}, model.json at {model.Steps}";
        int restart = log.Events.FindLastIndex(e => e.Kind is EventKind.Began or EventKind.BeganAnew);
        var beyond = log.Events.Skip(restart + 1).FirstOrDefault(
            e => e.Kind == EventKind.Evaluated && e.Step > model.Steps);
        if (beyond is not null) yield return $"the log tells of step {beyond.Step}, model.json ends at {model.Steps}";
    }

    /// <summary>Whether the log shows that a process went on after the end that the model is of.</summary>
    private bool IsResumedSince(ModelManifest model)
    {
        if (model.End is TrainingEnd.Finished or TrainingEnd.Diverged) return false;
        int ended = log.Events.FindLastIndex(e => e.Kind == EventKind.Ended && e.Step == model.Steps);
        int began = log.Events.FindLastIndex(e => e.Kind == EventKind.Began);
        return ended >= 0 && began > ended;
    }
}
