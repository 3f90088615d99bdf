using System.CommandLine;
using System.Globalization;
using System.Text;
using ClusterGd.Cli.Data;
using ClusterGd.Cli.Training;
using ClusterGd.Cluster.Storage;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Models;
using ClusterGd.Core.Modes;
using ClusterGd.Core.Options;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Simulation;
using ClusterGd.Data.Jobs;

namespace ClusterGd.Cli.Comparing;

/// <summary><c>clustergd compare</c>: one job by several modes, in virtual time with one plan of stragglers.</summary>
internal static class CompareCommand
{
    private const string DefaultModes = "synchronous,boundedStaleness,asynchronous,localSgd";

    public static Command Create()
    {
        var jobFile = new Argument<string>("JOB.yaml") { Description = "The job file." };
        var modes = new Option<string>("--modes")
        {
            Description = "What to compare, with commas: " +
                $"{string.Join(", ", TrainingModes.All.Select(k => k.Name))}; each as {ComparedMode.Syntax}.",
            HelpName = "LIST",
            DefaultValueFactory = _ => DefaultModes,
        };
        var stragglers = new Option<string?>("--stragglers")
        {
            Description = "Workers that are always slow, and how many times slower: 1:4 is one of them, four times.",
            HelpName = "workers:times",
        };
        var target = new Option<string?>("--target")
        {
            Description = "What to reach: trainLoss=0.33, or a metric such as accuracy=0.87.",
            HelpName = "name=value",
        };
        var latency = Number("--latency-ms", 0.5, "One way between a worker and the server.", 0);
        var compute = Number("--compute-ms", 10, "A micro-batch on a worker that is not slow.", 0.001);
        var bandwidth = Number("--bandwidth-mbs", 1000, "Of each worker's link, in MB/s.", 0.001);
        var edits = new Option<string[]>("--set")
        {
            Description = "Changes a value of the job, such as training.epochs=20. Repeatable.",
            HelpName = "path=value",
        };
        var runDir = new Option<string?>("--run-dir")
        {
            Description = "The folder of the comparison. [default: runs/<name>-compare-<date>-<time>]",
            HelpName = "DIR",
        };
        var command = new VerbCommand("compare", "Trains a job by several modes in virtual time and compares them.",
            ("clustergd compare a9a.yaml --modes synchronous,asynchronous --stragglers 1:4", "one worker is slow"),
            ("clustergd compare a9a.yaml --modes kOfN:6,localSgd:every=16 --target trainLoss=0.33", "when is it there"),
            ("clustergd compare a9a.yaml --modes diloco:optimizer.learningRate=0.5", "with a rate of its own"))
        {
            jobFile, modes, stragglers, target, latency, compute, bandwidth, edits, runDir,
        };
        command.SetAction(parse =>
        {
            var reach = parse.GetValue(target) is { } text ? CompareTarget.Parse(text) : null;
            var times = WithStragglers(parse.GetValue(stragglers), new WorkTimes
            {
                LatencyMs = parse.GetValue(latency), ComputeMs = parse.GetValue(compute),
                BandwidthMBs = parse.GetValue(bandwidth),
            });
            var compared = parse.GetRequiredValue(modes).Split(',').Select(ComparedMode.Parse).ToList();
            Compare(parse.GetRequiredValue(jobFile), parse.GetValue(edits) ?? [], compared, times, reach,
                parse.GetValue(runDir));
        });
        return command;
    }

    private static void Compare(
        string jobFile, string[] edits, List<ComparedMode> modes, WorkTimes times, CompareTarget? target,
        string? runDir)
    {
        var jobs = modes.Select(m => JobFile.Read(jobFile, [.. edits, .. m.Edits], JobTables.All)).ToList();
        if (jobs.Find(j => times.Stragglers > j.Training.Shards) is { } few)
        {
            throw new InputException(
                $"--stragglers has {times.Stragglers} workers, allowed are 1 to {few.Training.Shards}, the job's " +
                "shards; lower it.");
        }
        TrainCommand.RequirePlace(runDir);
        var first = jobs[0];
        (first, var loaded) = JobData.Load(first);
        var folder = runDir is null
            ? RunFolder.Create("runs", $"{first.Name}-compare", DateTime.Now) : RunFolder.CreateAt(runDir);
        FailureLog.WriteTo(folder.ErrorLogPath);
        folder.WriteText(RunFolder.JobName, JobText.Write(first, JobTables.All));
        var rows = new List<CompareRow>();
        CompareRow.PrintHead(target);
        for (int i = 0; i < modes.Count; i++)
        {
            var row = Run(modes[i], jobs[i], loaded.DataSet, times, target);
            rows.Add(row);
            row.Print();
            WriteOrder(folder, i, row);
        }
        folder.WriteText("compare.html", ComparePage.Write(first.Name, times, target, rows));
        Console.WriteLine("times are virtual; equal bits are promised for synchronous training alone");
        Console.WriteLine($"plot: {Path.GetRelativePath(".", Path.Combine(folder.Path, "compare.html"))}");
    }

    private static CompareRow Run(
        ComparedMode mode, Job job, DataSet data, WorkTimes times, CompareTarget? target)
    {
        var plan = new TrainingPlan(job, data);
        var store = new ShardStore(data, plan.ShardCount);
        var kind = job.Training.Mode.Create(TrainingModes.All);
        bool isTold = !Console.IsErrorRedirected;
        var run = new ModeSimulation(kind, plan, store, times, job.Seed).Run(point =>
        {
            if (isTold) Console.Error.Write($"\r{mode.Label}: epoch {point.Epochs:F1}, loss {point.TrainLoss:G6}   ");
        });
        if (isTold) Console.Error.Write("\r" + new string(' ', 79) + "\r");
        return new CompareRow(mode.Label, run, target is null ? null : run.TimeTo(target.IsReached),
            ModelHash.Of(run.Parameters));
    }

    /// <summary>The order of application, which with job and data gives the same bits again.</summary>
    private static void WriteOrder(RunFolder folder, int index, CompareRow row)
    {
        string kind = row.Label.Split(':')[0];
        var text = new StringBuilder("worker,sequence,version,counted\n");
        foreach (var entry in row.Run.Log)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"{entry.Worker},{entry.Sequence},{entry.Version},{(entry.IsCounted ? 1 : 0)}\n");
        }
        folder.WriteText($"order-{index + 1}-{kind}.csv", text.ToString());
    }

    private static WorkTimes WithStragglers(string? text, WorkTimes times)
    {
        if (text is null) return times;
        if (text.Split(':') is [var workers, var slowdown]
            && int.TryParse(workers, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count >= 1
            && double.TryParse(slowdown, NumberStyles.Float, CultureInfo.InvariantCulture, out double factor)
            && factor is >= 1 and <= 1e6)
        {
            return times with { Stragglers = count, Slowdown = factor };
        }
        throw new InputException(
            $"--stragglers is '{text}', allowed is workers:times with times from 1 to 1000000; write 1:4, for " +
            "example.");
    }

    private static Option<double> Number(string name, double standard, string summary, double min)
    {
        var option = new Option<double>(name)
        {
            Description = summary,
            HelpName = "N",
            DefaultValueFactory = _ => standard,
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens is not [{ Value: var text }]
                || !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)) return;
            if (!(value >= min && value <= 1e9))
            {
                result.AddError(string.Create(CultureInfo.InvariantCulture,
                    $"{name} is {value}, allowed is a number from {min} to 1000000000; change it"));
            }
        });
        return option;
    }
}
