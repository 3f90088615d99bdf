using System.CommandLine;
using ClusterGd.Cli.Terminal;
using ClusterGd.Cluster;
using ClusterGd.Cluster.Storage;
using ClusterGd.Core.Events;
using ClusterGd.Core.Options;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cli.Inspecting;

/// <summary><c>clustergd audit</c>: whether a run counted every row of every epoch once.</summary>
internal static class AuditCommand
{
    public static Command Create()
    {
        var run = new Argument<string>("RUN") { Description = "The folder that 'clustergd train' made." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new VerbCommand("audit",
            "Checks from a run's event log, its job and its data that every row of every epoch was counted once.",
            ("clustergd audit runs/a9a-20260102-030405", "epochs 1 to 150: 32561 of 32561 rows counted once in each"))
        {
            run, json,
        };
        command.SetAction(parse => Audit(parse.GetRequiredValue(run), parse.GetValue(json)));
        return command;
    }

    private static int Audit(string name, bool isJson)
    {
        var run = PastRun.Load(name);
        if (!run.Plan.Mode.IsSynchronous) return AuditOrder(run, isJson);
        var manifest = run.Folder.TryReadManifest();
        var audit = new RunAudit(run.Plan, run.Log, manifest, StepMin(run));
        var report = audit.Check();
        if (manifest is not null && ModelProblem(run.Folder) is { } problem)
        {
            report = report with { LogProblems = [.. report.LogProblems, problem] };
        }
        if (report is { Steps: 0, IsRight: true })
        {
            throw new InputException($"{name} has no evaluation in its event log yet, and so nothing that could be " +
                "audited; wait for the first one, or resume the run.");
        }
        if (isJson) PrintJson(report, audit.IsOver);
        else
        {
            foreach (string line in report.Lines()) Console.WriteLine(line);
            if (!audit.IsOver) Console.WriteLine($"the run has not ended: that is so far, to step {report.Steps}");
        }
        return report.IsRight ? ExitCodes.Finished : ExitCodes.Corrupted;
    }

    /// <summary>Updates that the other files of a run show: of one that goes on they may be ahead of its log.</summary>
    private static long StepMin(PastRun run)
    {
        if (run.Folder.IsClaimed) return 0;
        var newest = run.Folder.Checkpoints.FindNewest(_ => { });
        // An evaluation at the checkpoint's own step comes after it.
        return Math.Max(run.Folder.LastMetricsStep, newest is var (_, header) ? header.Step - 1 : 0);
    }

    private static string? ModelProblem(RunFolder folder)
    {
        try
        {
            folder.ReadModel();
            return null;
        }
        catch (InputException problem)
        {
            return problem.Message;
        }
    }

    /// <summary>Where steps are not synchronous, whether the order of application counts each result once.</summary>
    private static int AuditOrder(PastRun run, bool isJson)
    {
        var order = OrderLog.Read(run.Folder.OrderPath);
        var audit = new OrderAudit(run.Plan);
        var manifest = run.Folder.TryReadManifest();
        bool isOver = new RunAudit(run.Plan, run.Log, manifest, 0).IsOver && manifest!.End != TrainingEnd.Diverged;
        long? step = isOver ? manifest!.Steps : null;
        long counted = OrderAudit.CountOf(order);
        var problems = audit.Check(order, step, StepMin(run));
        if (isJson)
        {
            Numbers.WriteObject(json =>
            {
                json.WriteBoolean("isRight", problems.IsEmpty);
                json.WriteNumber("results", counted);
                if (step is { } end) json.WriteNumber("resultsDue", audit.Due(end));
                else json.WriteNull("resultsDue");
                json.WriteNumber("terms", order.Count(line => line.Worker == LogEntry.TermBegins));
                json.WriteStartArray("problems");
                foreach (string problem in problems) json.WriteStringValue(problem);
                json.WriteEndArray();
            });
        }
        else if (problems.IsEmpty)
        {
            string due = step is { } end ? $" of {audit.Due(end)}" : " so far, the run is not over";
            Console.WriteLine($"{Numbers.Count(counted, "result")}{due}, each counted once");
        }
        else foreach (string problem in problems) Console.WriteLine(problem);
        return problems.IsEmpty ? ExitCodes.Finished : ExitCodes.Corrupted;
    }

    private static void PrintJson(AuditReport report, bool isOver) => Numbers.WriteObject(json =>
    {
        json.WriteBoolean("isRight", report.IsRight);
        json.WriteBoolean("isComplete", report.IsComplete);
        json.WriteBoolean("isOver", isOver);
        json.WriteNumber("steps", report.Steps);
        json.WriteStartArray("epochs");
        foreach (var epoch in report.Epochs)
        {
            json.WriteStartObject();
            json.WriteNumber("epoch", epoch.Epoch + 1);
            if (epoch.RowsOnce is { } rows) json.WriteNumber("rowsOnce", rows);
            else json.WriteNull("rowsOnce");
            json.WriteNumber("rowsDue", epoch.RowsDue);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("problems");
        foreach (var problem in report.Problems) json.WriteStringValue(problem.ToString());
        foreach (string problem in report.LogProblems) json.WriteStringValue(problem);
        json.WriteEndArray();
    });
}
