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
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(TrainPlace where, ulong runId, Checkpoint? start)
    {
        TrainingResult result;
        await using (var feed = new ProgressFeed(folder, screen))
        {
            var keeper = new CheckpointKeeper(
                plan, folder.Checkpoints, runId, start, sentence => feed.Report(new Note(sentence)));
            using var stop = new StopSignals(sentence => feed.Report(new Note(sentence)));
            bool isOver = false;
            try
            {
                result = await where.TrainAsync(plan.Job, loaded.DataSet, feed.Report, stop.Token, keeper);
                isOver = result.End is TrainingEnd.Finished or TrainingEnd.Diverged;
            }
            finally
            {
                await keeper.CloseAsync(writesLast: !isOver);
            }
        }
        if (result.Steps < start?.Step)
        {
            Console.Error.WriteLine($"{result.StopReason}; the run is as it was");
            return ExitCodes.Of(result.End);
        }
        var manifest = folder.WriteModel(
            plan.Job, JobTables.All, plan.Model.Blocks, loaded.DataSet.ContentHash, result,
            where.Embedded.Attack?.Describe(plan.ShardCount));
        if (isJson) TrainSummary.PrintJson(result, manifest, folder);
        else TrainSummary.PrintLines(plan.Job, result, manifest, folder, loaded.DataSet.Test is not null);
        if (TrainSummary.Advice(result.End, folder) is { } advice) Console.Error.WriteLine(advice);
        return ExitCodes.Of(result.End);
    }
}
