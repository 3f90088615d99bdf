using System.CommandLine;
using ClusterGd.Cli.Data;
using ClusterGd.Cli.Logging;
using ClusterGd.Cli.Terminal;
using ClusterGd.Cluster;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Protocol;
using ClusterGd.Data.Jobs;

namespace ClusterGd.Cli.Training;

/// <summary><c>clustergd crossval</c>: how good a job's model is on rows that it has not seen, fold by fold.</summary>
internal static class CrossvalCommand
{
    private const int FoldsMax = 1000;

    public static Command Create()
    {
        var jobFile = new Argument<string>("JOB.yaml") { Description = "The job file." };
        var folds = new Option<int>("--folds")
        {
            Description = $"Parts of the training rows, 2 to {FoldsMax}; each is held out once.",
            HelpName = "K", DefaultValueFactory = _ => 5,
        };
        folds.AddRange(2, FoldsMax);
        var edits = new Option<string[]>("--set")
        {
            Description = "Changes a value of the job, as in train. Repeatable.", HelpName = "path=value",
        };
        var json = new Option<bool>("--json")
        {
            Description = "Print the result as one JSON object; all else goes to standard error.",
        };
        var quiet = new Option<bool>("--quiet") { Description = "Print no progress, only the result." };
        var command = new VerbCommand("crossval",
            "Trains a job once a fold, in this process, and measures each model on the rows that it has not seen.",
            ("clustergd crossval a9a.yaml --folds 5", "metrics a fold, their mean and standard deviation"),
            ("clustergd crossval a9a.yaml --folds 10 --json > folds.json", "for a script"))
        {
            jobFile, folds, edits, json, quiet,
        };
        command.AddLog("none");
        command.SetAction(parse => RunAsync(
            parse.GetRequiredValue(jobFile), parse.GetValue(edits) ?? [], parse.GetValue(folds),
            new Screen(parse.GetValue(json), parse.GetValue(quiet)), parse.GetValue(json)));
        return command;
    }

    private static async Task<int> RunAsync(
        string jobFile, string[] edits, int folds, Screen screen, bool isJson)
    {
        var job = JobFile.Read(jobFile, edits, JobTables.All);
        LiveModes.Require(job, false);
        if (job.Data.Test is not null) Tell("the folds are of the training rows; the test file is not used");
        var results = new List<CrossvalFold>();
        TrainingPlan? plan = null;
        using var stop = new StopSignals(Tell, "stopping after this step; the folds so far are shown");
        for (int fold = 0; fold < folds && !stop.Token.IsCancellationRequested; fold++)
        {
            var (_, loaded) = JobData.Load(job with { Data = DataOf(job, folds, fold) }, screen.IsQuiet);
            if (fold == 0) screen.ShowData(job, loaded);
            plan = new TrainingPlan(job, loaded.DataSet);
            var trained = await screen.FollowAsync((report, token) => Trainer.RunAsync(
                job, loaded.DataSet, new TrainingOptions { Loggers = ProgramLog.Loggers }, report, token), stop.Token);
            if (trained.End == TrainingEnd.Interrupted) break;
            results.Add(new CrossvalFold(fold, loaded.DataSet, trained));
            if (!isJson) Console.WriteLine(results[^1].Line(folds));
        }
        if (results.Count == 0) return ExitCodes.Interrupted;
        if (isJson) CrossvalFold.PrintJson(results, folds, plan!);
        else CrossvalFold.PrintSummary(results, plan!);
        var bad = results.Find(fold => fold.Result.End != TrainingEnd.Finished);
        return bad is not null ? ExitCodes.Of(bad.Result.End)
            : results.Count < folds ? ExitCodes.Interrupted : ExitCodes.Finished;
    }

    /// <summary>The data with one fold as its test rows; validation rows are what the job says.</summary>
    private static DataSpec DataOf(Job job, int folds, int fold)
    {
        bool isClass = JobTargets.KindOf(job) is TargetKind.BinaryClass or TargetKind.Class;
        return job.Data with
        {
            Test = null,
            Split = new SplitSpec
            {
                Folds = folds, Fold = fold, Stratified = isClass, Validation = job.Data.Split?.Validation ?? 0,
            },
        };
    }

    private static void Tell(string sentence) => Console.Error.WriteLine(sentence);
}
