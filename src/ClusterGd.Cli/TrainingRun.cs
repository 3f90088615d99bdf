using ClusterGd.Cluster;
using ClusterGd.Cluster.Storage;
using ClusterGd.Core.Checkpoints;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Protocol;
using ClusterGd.Data;

namespace ClusterGd.Cli;

/// <summary>A run from where it begins to its last lines, once its folder and its data are there.</summary>
internal sealed class TrainingRun(TrainingPlan plan, LoadedData loaded, RunFolder folder, Screen screen, bool isJson)
{
    /// <param name="start">What the run begins with; null for step 0.</param>
    /// <param name="isResumed">Whether another process has begun it.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(TrainPlace where, ulong runId, Checkpoint? start, bool isResumed = false)
    {
        TrainingResult result;
        string? attack = where.Embedded.Attack?.Describe(plan.ShardCount);
        var journal = new RunJournal(folder.EventsPath, folder.OrderPath, Console.Error.WriteLine);
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
        var manifest = folder.WriteModel(
            plan.Job, JobTables.All, plan.Model.Blocks, loaded.DataSet.ContentHash, result, attack);
        if (isJson) TrainSummary.PrintJson(plan, loaded.DataSet, result, manifest, folder);
        else TrainSummary.PrintLines(plan, loaded.DataSet, result, manifest, folder);
        string? advice = TrainSummary.Advice(result.End, folder, plan.Mode.IsSynchronous);
        if (advice is not null) Console.Error.WriteLine(advice);
        return ExitCodes.Of(result.End);
    }

    private async Task<TrainingResult> TrainAsync(
        TrainPlace where, ulong runId, Checkpoint? start, RunJournal journal)
    {
        await using var feed = new ProgressFeed(folder, journal, screen);
        var keeper = new CheckpointKeeper(
            plan, folder.Checkpoints, runId, start, sentence => feed.Report(new Note(sentence)))
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
        }
    }
}
