using System.CommandLine;
using ClusterGd.Cli.Data;
using ClusterGd.Cli.Logging;
using ClusterGd.Cluster.Storage;
using ClusterGd.Core.Faults;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Modes;
using ClusterGd.Core.Options;
using ClusterGd.Core.Protocol;
using ClusterGd.Data.Jobs;

namespace ClusterGd.Cli.Chaos;

/// <summary><c>clustergd chaos</c>: a run without faults and one with, on real processes, and their cost.</summary>
internal static class ChaosCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE.yaml")
        {
            Description = "A scenario: job, nodes and faults. With --seed, a job.",
        };
        var seed = new Option<ulong?>("--seed")
        {
            Description = "Draws the faults, so that most of the nodes stay; the report's folder has the scenario.",
            HelpName = "N",
        };
        var nodes = new Option<int?>("--nodes")
        {
            Description = "With --seed: processes at the start, " +
                $"{DrawnScenario.NodesMin} to {DrawnScenario.NodesMax}. [default: {DrawnScenario.NodesDefault}]",
            HelpName = "N",
        };
        nodes.AddRange(DrawnScenario.NodesMin, DrawnScenario.NodesMax);
        var edits = new Option<string[]>("--set")
        {
            Description = "Changes a value of the job, such as training.epochs=600. Repeatable.",
            HelpName = "path=value",
        };
        var outDir = new Option<string?>("--out")
        {
            Description = "The folder of the report. [default: runs/chaos-<scenario>-<date>-<time>]", HelpName = "DIR",
        };
        var force = new Option<bool>("--force") { Description = "Replace the files of an earlier report." };
        var json = new Option<bool>("--json")
        {
            Description = "Print the report as one JSON object; all else goes to standard error.",
        };
        var command = new VerbCommand("chaos",
            "Trains on real processes under faults: the hash must be that of a run without, or the end what it must.",
            ("clustergd chaos deploy/samples/chaos/kill-coordinator.yaml", "one of the ready scenarios"),
            ("clustergd chaos zombie.yaml --set training.epochs=1500", "with a longer run"),
            ("clustergd chaos a9a/job.yaml --seed 7", "faults drawn by a seed"))
        {
            file, seed, nodes, edits, outDir, force, json,
        };
        command.AddLog("none");
        command.SetAction((parse, cancelled) =>
        {
            if (parse.GetValue(nodes) is not null && parse.GetValue(seed) is null)
            {
                throw new InputException("--nodes is for drawn faults: add --seed, or set nodes in the scenario.");
            }
            return RunAsync(
                parse.GetRequiredValue(file), parse.GetValue(seed), parse.GetValue(nodes) ?? DrawnScenario.NodesDefault,
                parse.GetValue(edits) ?? [], parse.GetValue(outDir), parse.GetValue(force), parse.GetValue(json),
                cancelled);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        string file, ulong? seed, int nodes, string[] edits, string? outDir, bool isForced, bool isJson,
        CancellationToken cancelled)
    {
        var scenario = seed is null ? ScenarioFile.Read(file) : new Scenario { Job = file };
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
        if (job.Training.Mode.Create(TrainingModes.All) is not (Synchronous or BoundedStaleness { Bound: 0 }))
        {
            string mode = job.Training.Mode.Kind;
            throw new InputException($"training.mode is {mode}, whose bits another run has not: there is no hash to " +
                "hold. Allowed are synchronous, and boundedStaleness with bound 0.");
        }
        if (outDir is null) RunPlace.RequireWritable("runs", "--out");
        else if (isForced) RunPlace.RequireWritable(outDir, "--out");
        else RunPlace.Require(outDir, "--out");
        FileLimit.Require(seed is null ? scenario.Nodes : nodes);
        (job, var loaded) = JobData.Load(job);
        var data = loaded.DataSet;
        string name = seed is null ? Path.GetFileNameWithoutExtension(file) : $"{job.Name}-seed-{seed}";
        string folder = ReportFolder(outDir, name);
        var say = isJson ? Console.Error : Console.Out;
        if (seed is { } drawn)
        {
            scenario = DrawnScenario.Of(
                JobToRepeat(file, job, edits, folder), new TrainingPlan(job, data).StepsTotal, nodes, drawn);
            string path = Path.Combine(folder, "scenario.yaml");
            WriteFirst(path, ScenarioReader.Write(scenario));
            say.WriteLine($"faults drawn by seed {drawn}, also in {path}:");
            foreach (var fault in scenario.Plan.Faults) say.WriteLine($"  {fault}");
        }
        var run = new ChaosRun(scenario, job, data, folder, say.WriteLine);
        var report = await run.RunAsync(name, cancelled);
        bool isWritten = TryWrite(folder, report);
        if (isJson) Console.Out.WriteLine(ChaosFiles.Json(report));
        else foreach (string line in ChaosText.Lines(report)) say.WriteLine(line);
        if (isWritten) say.WriteLine($"report: {Path.Combine(folder, ChaosFiles.PageName)}");
        return report.Verdict.IsHeld ? ExitCodes.Finished
            : report.HashWith.Length == 0 ? ExitCodes.ClusterLost : ExitCodes.Corrupted;
    }

    /// <summary>The path of the job as it was run: with changes it is in the report's folder.</summary>
    private static string JobToRepeat(string file, Job job, string[] edits, string folder)
    {
        if (edits.Length == 0) return file;
        string path = Path.Combine(folder, "job.yaml");
        WriteFirst(path, JobText.Write(job, JobTables.All));
        return path;
    }

    /// <summary>A disk that is full by now does not take the verdict away, which is printed as well.</summary>
    private static bool TryWrite(string folder, ChaosReport report)
    {
        try
        {
            ChaosFiles.Write(folder, report);
            return true;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"The report cannot be written to {folder}: {problem.Message.TrimEnd('.')}. What " +
                "it says is printed here.");
            return false;
        }
    }

    private static void WriteFirst(string path, string text)
    {
        try
        {
            File.WriteAllText(path, text);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new InputException(
                $"{path} cannot be written: {problem.Message.TrimEnd('.')}. Make room, or name another by --out.");
        }
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
