using System.CommandLine;
using ClusterGd.Cluster.Storage;
using ClusterGd.Core.Data;
using ClusterGd.Core.Metrics;
using ClusterGd.Data;

namespace ClusterGd.Cli;

/// <summary><c>clustergd evaluate</c>: a run's model measured on a file of rows.</summary>
internal static class EvaluateCommand
{
    private const int ChunkRows = 1024;

    public static Command Create()
    {
        var options = new RunOptions();
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new VerbCommand("evaluate", "Measures a run's model on a file of rows.",
            ("clustergd evaluate runs/a9a-20260102-030405 --data a9a.t.gz", "its metrics over the rows of that file"))
        {
            options.Run, options.Data, options.Labels, options.Weights, options.Format, json,
        };
        command.SetAction(parse =>
        {
            var trained = TrainedModel.Load(RunFolder.Open(parse.GetRequiredValue(options.Run)));
            var data = trained.Job.Data;
            var source = options.Source(parse, trained.Job);
            var (rows, quarantined) = DataSets.LoadLike(
                source, trained.Encoding, needTargets: true, data.OnBadRow, data.BadRowsMax);
            foreach (var row in quarantined) Console.Error.WriteLine($"left out: {row}");
            Print(trained, rows, parse.GetValue(json));
        });
        return command;
    }

    private static void Print(TrainedModel trained, Rows rows, bool isJson)
    {
        var metrics = Metrics.Of(Measure(trained, rows), trained.Encoding.Schema.TargetKind);
        if (isJson)
        {
            Numbers.WriteObject(json =>
            {
                json.WriteNumber("rows", rows.Count);
                json.WriteStartObject("metrics");
                foreach (var (name, value) in metrics) Numbers.Write(json, name, value);
                json.WriteEndObject();
                json.WriteString("modelSha256", trained.Manifest.ModelSha256);
            });
            return;
        }
        Console.WriteLine($"{rows.Count} rows");
        foreach (var (name, value) in Numbers.Shown(metrics)) Console.WriteLine($"{name}: {Numbers.Short(value)}");
        Console.WriteLine($"model sha256: {trained.Manifest.ModelSha256}");
    }

    private static MetricSums Measure(TrainedModel trained, Rows rows)
    {
        int width = trained.Model.OutputCount;
        var worker = trained.Model.CreateWorker(ChunkRows);
        var sums = new MetricAccumulator(trained.Loss, trained.Encoding.Schema.TargetKind, width);
        var outputs = new float[ChunkRows * width];
        for (int first = 0; first < rows.Count; first += ChunkRows)
        {
            int count = Math.Min(ChunkRows, rows.Count - first);
            var chunk = outputs.AsSpan(0, count * width);
            worker.Predict(trained.Parameters, rows, first, count, chunk);
            sums.Add(
                chunk, rows.Targets.Slice(first * rows.TargetCount, count * rows.TargetCount),
                rows.WeightsOf(first, count));
        }
        return sums.ToSums();
    }
}
