using ClusterGd.Cli.Logging;
using ClusterGd.Cli.Terminal;
using ClusterGd.Cluster;
using ClusterGd.Cluster.Storage;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Protocol;
using ClusterGd.Data;

namespace ClusterGd.Cli.Training;

/// <summary>A run from where it begins to its last lines, once its folder and its data are there.</summary>
internal sealed class TrainingRun(TrainingPlan plan, LoadedData loaded, RunFolder folder, Screen screen, bool isJson)
{
    private readonly RunRecord _record = new(folder) { Log = ProgramLog.Shown(Console.Error.WriteLine) };

    /// <param name="start">What the run begins with; null for step 0.</param>
    /// <param name="isResumed">Whether another process has begun it.</param>
    /// <param name="isChanged">Whether its job is not the one that is in the folder.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(
        TrainPlace where, ulong runId, Checkpoint? start, bool isResumed = false, bool isChanged = true)
    {
        TrainingResult result;
        string? attack = where.Embedded.Attack?.Describe(plan.ShardCount);
        var rescue = new ModelRescue(folder, _record, _record.Log);
        _record.Add(RunFolder.JobName, JobText.Write(plan.Job, JobTables.All), isChanged);
        _record.Add(RunFolder.EncodingName, loaded.Encoding.ToJson(), isNew: !isResumed);
        if (isResumed) _record.RestartMetrics(start?.History ?? []);
        var journal = new RunJournal(_record);
        journal.Begin(plan, start, isResumed, attack);
        try
        {
            result = await TrainAsync(where, runId, start, journal);
        }
        catch (Exception failure)
        {
            journal.Fail(failure);
            throw;
        }
        journal.End(result);
        if (result.Steps < start?.Step)
        {
            Console.Error.WriteLine($"{result.StopReason}; the run is as it was");
            return ExitCodes.Of(result.End);
        }
        if (result.End == TrainingEnd.ClusterLost)
        {
            // What is here are the parameters of some earlier step: no model, and nothing to measure.
            Console.Error.WriteLine($"stopped: {result.StopReason}");
            Console.Error.WriteLine(TrainSummary.Advice(result.End, folder, plan.Mode.IsSynchronous));
            return ExitCodes.ClusterLost;
        }
        return await KeepAsync(result, attack, rescue);
    }

    private async Task<int> KeepAsync(TrainingResult result, string? attack, ModelRescue rescue)
    {
        ModelManifest manifest;
        try
        {
            manifest = await rescue.WriteAsync(result, to => to.WriteModel(
                plan.Job, JobTables.All, plan.Model.Blocks, loaded.DataSet.ContentHash, result, attack));
        }
        catch (IOException nowhere)
        {
            Console.Error.WriteLine($"The model with sha256 {result.ModelSha256} is lost, since no folder took it: " +
                $"{nowhere.Message} Make room; if the run has a checkpoint, 'clustergd resume RUN' goes on from it.");
            return ExitCodes.Unexpected;
        }
        var kept = rescue.Other ?? folder;
        if (isJson) TrainSummary.PrintJson(plan, loaded.DataSet, result, manifest, kept);
        else TrainSummary.PrintLines(plan, loaded.DataSet, result, manifest, kept);
        string? advice = TrainSummary.Advice(result.End, kept, plan.Mode.IsSynchronous);
        if (advice is not null) Console.Error.WriteLine(advice);
        return ExitCodes.Of(result.End);
    }

    private async Task<TrainingResult> TrainAsync(
        TrainPlace where, ulong runId, Checkpoint? start, RunJournal journal)
    {
        await using var feed = new ProgressFeed(journal, screen);
        var (log, shown) = (_record.Log, ProgramLog.Shown(sentence => feed.Report(new Note(sentence))));
        _record.Log = shown;
        var keeper = new CheckpointKeeper(plan, folder.Checkpoints, runId, start, shown)
        {
            Saved = step => feed.Report(new CheckpointSaved(step)),
        };
        using var stop = new StopSignals(sentence => feed.Report(new Note(sentence)));
        bool isOver = false;
        try
        {
            var result = await where.TrainAsync(plan.Job, loaded.DataSet, feed.Report, stop.Token, keeper);
            isOver = result.End is TrainingEnd.Finished or TrainingEnd.Diverged;
            return result;
        }
        finally
        {
            await keeper.CloseAsync(writesLast: !isOver);
            _record.Log = log;
        }
    }
}
