using System.CommandLine;
using ClusterGd.Cli.Data;
using ClusterGd.Cluster;
using ClusterGd.Cluster.Storage;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Modes;
using ClusterGd.Core.Options;
using ClusterGd.Core.Protocol;
using ClusterGd.Data.Jobs;

namespace ClusterGd.Cli.Training;

/// <summary><c>clustergd resume</c>: goes on with a run that was interrupted or killed, to the same bits.</summary>
internal static class ResumeCommand
{
    public static Command Create()
    {
        var run = new Argument<string>("RUN") { Description = "The folder that 'clustergd train' made." };
        var place = new PlaceOptions(
            "Changes what changes no bit: values of cluster and checkpoint, and where the data lies. Repeatable.");
        var command = new VerbCommand("resume", "Goes on with a run from its newest checkpoint, to the same bits.",
            ("clustergd resume runs/a9a-20260102-030405", "on one node, wherever it was trained before"),
            ("clustergd resume runs/a9a-20260102-030405 --processes 2", "in two processes: the same model"),
            ("clustergd resume runs/a9a-20260102-030405 --set checkpoint.everySeconds=5", "and saved more often"))
        {
            run,
        };
        place.AddTo(command);
        command.SetAction(parse => RunAsync(
            parse.GetRequiredValue(run), place.Edits(parse), place.Place(parse), place.Screen(parse),
            place.IsJson(parse)));
        return command;
    }

    private static async Task<int> RunAsync(
        string run, string[] edits, TrainPlace where, Screen screen, bool isJson)
    {
        var folder = RunFolder.Open(run);
        where.RequireFiles();
        using var claim = folder.Claim();
        RefuseIfOver(folder, run);
        var job = ReadJob(folder, edits, run);
        var newest = folder.Checkpoints.FindNewest(Console.Error.WriteLine);
        if (newest is var (named, header))
        {
            Require("job hash", JobText.Hash(job, JobTables.All), header.JobHash, named, "put its own job.yaml back");
            Require("kernel version", KernelVersion.Current, header.KernelVersion, named,
                "resume with the version of clustergd that it was made by, or train again");
        }
        else if (job.InitialModel is { } initial)
        {
            throw new InputException($"{run} has no checkpoint, and only one could have its first parameters " +
                $"({initial}); train again with 'clustergd train {folder.JobPath} --from RUN'.");
        }
        else Console.Error.WriteLine($"{run} has no checkpoint: it begins at step 0{ToTheSameBits(job)}");

        (job, var loaded) = JobData.Load(job, screen.IsQuiet);
        if (newest is var (made, of))
        {
            Require("data hash", loaded.DataSet.ContentHash, of.DataHash, made,
                "bring the data back as it was, or train again");
        }
        screen.ShowData(job, loaded);
        var plan = new TrainingPlan(job, loaded.DataSet);
        Checkpoint? checkpoint = newest is var (file, _) ? CheckpointFolder.Read(file, plan) : null;
        FailureLog.WriteTo(folder.ErrorLogPath);
        return await new TrainingRun(plan, loaded, folder, screen, isJson)
            .RunAsync(
                where, newest?.Header.RunId ?? RunIds.New(), checkpoint, isResumed: true, isChanged: edits.Length > 0);
    }

    private static string ToTheSameBits(Job job) =>
        job.Training.Mode.Create(TrainingModes.All).IsSynchronous ? ", to the same bits" : "";

    private static void RefuseIfOver(RunFolder folder, string run)
    {
        if (folder.TryReadManifest() is not { End: TrainingEnd.Finished or TrainingEnd.Diverged } over) return;
        string how = over.End == TrainingEnd.Finished ? "is finished" : "has diverged, and would again";
        throw new InputException($"{run} {how} ({over.StopReason}, step {over.Steps}): there is nothing to resume. " +
            $"'clustergd evaluate {run} --data FILE' measures its model, 'clustergd train JOB.yaml --from {run}' " +
            "trains a new run from it.");
    }

    private static Job ReadJob(RunFolder folder, string[] edits, string run)
    {
        var known = JobFile.Read(folder.JobPath, [], JobTables.All);
        if (edits.Length == 0) return known;
        var job = JobFile.Read(folder.JobPath, edits, JobTables.All);
        var changes = JobText.Differences(known, job, JobTables.All);
        if (changes.IsEmpty) return job;
        throw new InputException(
        [
            .. changes.Select(change =>
                $"{change.Path} is {change.Ours} in {run} and cannot become {change.Theirs}: that changes the " +
                "result. Allowed are cluster, checkpoint and where the data lies."),
            $"'clustergd train {folder.JobPath} --from {run}' with the change trains a new run from its parameters.",
        ]);
    }

    private static void Require(string what, string ours, string theirs, string file, string remedy)
    {
        if (ours == theirs) return;
        throw new InputException($"{file} was made with {what} {theirs}, here it is {ours}; {remedy}.");
    }
}
