using System.CommandLine;
using ClusterGd.Cli.Data;
using ClusterGd.Cli.Terminal;
using ClusterGd.Cluster.Storage;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Metrics;
using ClusterGd.Core.Options;
using ClusterGd.Data;

namespace ClusterGd.Cli.Predicting;

/// <summary><c>clustergd evaluate</c>: a run's model measured on a file of rows.</summary>
internal static class EvaluateCommand
{
    private const int ChunkRows = 1024, ToldMax = 10;

    public static Command Create()
    {
        var options = new RunOptions();
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var onBadRow = RunOptions.NewOnBadRow(
            "A row that cannot be read: fail, or skip (it is left out). [default: the job's data.onBadRow]",
            "fail", "skip");
        var command = new VerbCommand("evaluate", "Measures a run's model on a file of rows.",
            ("clustergd evaluate runs/a9a-20260102-030405 --data a9a.t.gz", "its metrics over the rows of that file"),
            ("clustergd evaluate runs/adult-20260102-030405 --data - --missing mean --on-bad-row skip < new.csv",
                "over the rows that can be read"))
        {
            options.Run, options.Data, options.Labels, options.Weights, options.Format, options.Missing, onBadRow, json,
        };
        command.SetAction(parse =>
        {
            var trained = TrainedModel.Load(RunFolder.Open(parse.GetRequiredValue(options.Run)));
            var job = trained.Job.Data;
            string? rule = parse.GetValue(onBadRow);
            var rules = new RowRules
            {
                NeedTargets = true,
                Missing = options.MissingRule(parse),
                OnBadRow = rule switch { null => job.OnBadRow, "skip" => "quarantine", _ => "fail" },
            };
            using var data = new DataArgument(parse.GetRequiredValue(options.Data));
            var source = options.Source(parse, trained.Job, data.Path);
            Print(trained, Measure(trained, source, rules, rule is null ? job.BadRowsMax : null), parse.GetValue(json));
        });
        return command;
    }

    private static void Print(TrainedModel trained, MetricSums sums, bool isJson)
    {
        var metrics = Metrics.Of(sums, trained.Encoding.Schema.TargetKind);
        if (isJson)
        {
            Numbers.WriteObject(json =>
            {
                json.WriteNumber("rows", sums.Count);
                json.WriteStartObject("metrics");
                foreach (var (name, value) in metrics) Numbers.Write(json, name, value);
                json.WriteEndObject();
                json.WriteString("modelSha256", trained.Manifest.ModelSha256);
            });
            return;
        }
        Console.WriteLine($"{sums.Count} rows");
        foreach (var (name, value) in Numbers.Shown(metrics)) Console.WriteLine($"{name}: {Numbers.Short(value)}");
        Console.WriteLine($"model sha256: {trained.Manifest.ModelSha256}");
    }

    /// <param name="badRowsMax">Most rows that may be left out; null for no limit.</param>
    private static MetricSums Measure(TrainedModel trained, DataSource source, RowRules rules, int? badRowsMax)
    {
        int width = trained.Model.OutputCount;
        var worker = trained.Model.CreateWorker(ChunkRows);
        var sums = new MetricAccumulator(trained.Loss, trained.Encoding.Schema.TargetKind, width);
        var outputs = new float[ChunkRows * width];
        var told = new LeftOut(ToldMax);
        long count = 0;
        LoadScreen.Show(() => RowParts.Read(source, trained.Encoding, rules, part =>
        {
            foreach (var row in part.Bad) told.Add(row);
            if (rules.OnBadRow != "fail" && told.Count > badRowsMax) throw TooMany(source.Path, badRowsMax.Value, told);
            for (int first = 0; first < part.Rows?.Count; first += ChunkRows)
            {
                int rows = Math.Min(ChunkRows, part.Rows.Count - first);
                var chunk = outputs.AsSpan(0, rows * width);
                worker.Predict(trained.Parameters, part.Rows, first, rows, chunk);
                int targets = part.Rows.TargetCount;
                sums.Add(
                    chunk, part.Rows.Targets.Slice(first * targets, rows * targets),
                    part.Rows.WeightsOf(first, rows));
            }
            count += part.Rows?.Count ?? 0;
        }));
        told.Tell("left out");
        if (count > 0) return sums.ToSums();
        throw new InputException($"{source.Path}: no good row is left: mend the file.");
    }

    private static InputException TooMany(string path, int max, LeftOut told) => new(
    [
        $"{path}: more than {max} bad rows, the job's data.badRowsMax; give --on-bad-row skip, or mend the file. " +
            "The first are:",
        .. told.First.Select(row => row.ToString()),
    ]);
}
