using ClusterGd.Cli.Data;
using ClusterGd.Cluster.Storage;
using ClusterGd.Core.Data;
using ClusterGd.Core.Events;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using ClusterGd.Core.Protocol;
using ClusterGd.Data.Jobs;

namespace ClusterGd.Cli.Inspecting;

/// <summary>A run that is looked at afterwards, or from outside: its job, its data and what it wrote down.</summary>
internal sealed record PastRun(RunFolder Folder, TrainingPlan Plan, DataSet Data, EventLines Log)
{
    /// <exception cref="InputException">
    /// There is no run, or its job or data are not any more what it was made from.
    /// </exception>
    public static PastRun Load(string run)
    {
        var folder = RunFolder.Open(run);
        var log = RunEventLog.Read(folder.EventsPath, Console.Error.WriteLine);
        var job = JobFile.Read(folder.JobPath, [], JobTables.All);
        var began = log.Events.LastOrDefault(e => e.Kind == EventKind.Began);
        Require("job hash", JobText.Hash(job, JobTables.All), began?.JobHash, run, "put the run's own job.yaml back");
        var data = JobData.Load(job).Loaded.DataSet;
        Require("data hash", data.ContentHash, began?.DataHash, run, "bring the data back as it was");
        return new PastRun(folder, new TrainingPlan(job, data), data, log);
    }

    public IReadOnlyList<LoggedEvent> Events => Log.Events;

    /// <summary>What the run was made under; null for none.</summary>
    public string? Attack => Events.LastOrDefault(e => e.Kind == EventKind.Began)?.Attack;

    private static void Require(string what, string ours, string? theirs, string run, string remedy)
    {
        if (theirs is null || ours == theirs) return;
        throw new InputException($"{run} was made with {what} {theirs}, here it is {ours}; {remedy}.");
    }
}
