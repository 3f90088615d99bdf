using System.CommandLine;
using ClusterGd.Cluster.Storage;
using ClusterGd.Core.Events;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Modes;

namespace ClusterGd.Cli;

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
        var report = new RowAudit(run.Plan).Check(
        [
            .. run.Events.Where(e => e is { Kind: EventKind.Evaluated, Step: not null })
                .Select(e => new RowAudit.Entry(e.Step!.Value, [
                    .. (e.Counted ?? []).Select(line => line.Read()).OfType<Core.Convergence.StepsCounted>(),
                ])),
        ]);
        if (report.Steps == 0)
        {
            throw new InputException($"{name} has no evaluation in its event log yet, and so nothing that could be " +
                "audited; wait for the first one, or resume the run.");
        }
        if (isJson) PrintJson(report);
        else foreach (string line in report.Lines()) Console.WriteLine(line);
        return report.Problems.IsEmpty ? ExitCodes.Finished : ExitCodes.Corrupted;
    }

    /// <summary>Where steps are not synchronous, whether the order of application counts each result once.</summary>
    private static int AuditOrder(PastRun run, bool isJson)
    {
        var order = OrderLog.Read(run.Folder.OrderPath);
        var audit = new OrderAudit(run.Plan);
        long? step = run.Folder.TryReadManifest()?.Steps;
        long counted = OrderAudit.CountOf(order);
        var problems = audit.Check(order, step);
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

    private static void PrintJson(AuditReport report) => Numbers.WriteObject(json =>
    {
        json.WriteBoolean("isRight", report.Problems.IsEmpty);
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
        json.WriteEndArray();
    });
}
