using System.CommandLine;
using ClusterGd.Core.Faults;
using ClusterGd.Core.Jobs;
using ClusterGd.Data;
using ClusterGd.Data.Jobs;

namespace ClusterGd.Cli.Chaos;

/// <summary><c>clustergd chaos</c>: a run without faults and one with, on real processes, and their cost.</summary>
internal static class ChaosCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("SCENARIO.yaml") { Description = "Job, nodes and faults." };
        var edits = new Option<string[]>("--set")
        {
            Description = "Changes a value of the job, such as training.epochs=600. Repeatable.",
            HelpName = "path=value",
        };
        var outDir = new Option<string?>("--out")
        {
            Description = "The folder of the report. [default: runs/chaos-<scenario>-<date>-<time>]", HelpName = "DIR",
        };
        var json = new Option<bool>("--json")
        {
            Description = "Print the report as one JSON object; all else goes to standard error.",
        };
        var command = new VerbCommand("chaos",
            "Trains on real processes under faults: the hash must be that of a run without, or the end what it must.",
            ("clustergd chaos deploy/samples/chaos/kill-coordinator.yaml", "one of the ready scenarios"),
            ("clustergd chaos zombie.yaml --set training.epochs=1500", "with a longer run"))
        {
            file, edits, outDir, json,
        };
        command.SetAction((parse, cancelled) => RunAsync(
            parse.GetRequiredValue(file), parse.GetValue(edits) ?? [], parse.GetValue(outDir), parse.GetValue(json),
            cancelled));
        return command;
    }

    private static async Task<int> RunAsync(
        string file, string[] edits, string? outDir, bool isJson, CancellationToken cancelled)
    {
        var scenario = ScenarioFile.Read(file);
        if (OperatingSystem.IsWindows())
        {
            throw new InputException("chaos needs signals, which Windows has none of: use Linux, macOS or simulate.");
        }
        FaultKinds.Require(scenario.Plan, FaultInterpreter.LiveCluster);
        if (scenario.Job is null)
        {
            throw new InputException($"{file} names no job; add for example 'job: ../a9a/job.yaml'.");
        }
        var job = JobFile.Read(scenario.Job, edits, JobTables.All);
        var data = DataSets.Load(job.Data, JobTargets.KindOf(job), job.Seed).DataSet;
        string name = Path.GetFileNameWithoutExtension(file);
        string folder = ReportFolder(outDir, name);
        var say = isJson ? Console.Error : Console.Out;
        var run = new ChaosRun(scenario, job, data, folder, say.WriteLine);
        var report = await run.RunAsync(name, cancelled);
        ChaosFiles.Write(folder, report);
        if (isJson) Console.Out.WriteLine(ChaosFiles.Json(report));
        else foreach (string line in ChaosText.Lines(report)) say.WriteLine(line);
        say.WriteLine($"report: {Path.Combine(folder, ChaosFiles.PageName)}");
        return report.Verdict.IsHeld ? ExitCodes.Finished
            : report.HashWith.Length == 0 ? ExitCodes.ClusterLost : ExitCodes.Corrupted;
    }

    private static string ReportFolder(string? path, string name)
    {
        string folder = path ?? Path.Combine("runs", $"chaos-{name}-{DateTime.Now:yyyyMMdd-HHmmss}");
        try
        {
            Directory.CreateDirectory(folder);
            return folder;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"The folder {folder} cannot be made: {problem.Message} Name another by --out.");
        }
    }
}
