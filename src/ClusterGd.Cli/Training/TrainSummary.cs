using ClusterGd.Cli.Terminal;
using ClusterGd.Cluster;
using ClusterGd.Cluster.Storage;
using ClusterGd.Core.Data;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cli.Training;

/// <summary>The last lines of a run: why it stopped, how good it is, where it lies and its hash.</summary>
internal static class TrainSummary
{
    public static void PrintLines(
        TrainingPlan plan, DataSet data, TrainingResult result, ModelManifest manifest, RunFolder folder)
    {
        var job = plan.Job;
        var wall = Numbers.Duration(TimeSpan.FromSeconds(result.WallSeconds));
        Console.WriteLine($"stopped: {result.StopReason}");
        Console.WriteLine($"{Numbers.Count(result.Epochs, "epoch")}, {Numbers.Count(result.Steps, "step")}, {wall}, " +
            $"{Numbers.Large(result.SamplesPerSecond)} samples/s");
        if (Kept(plan, result) is { } kept) Console.WriteLine($"kept: {kept}");
        if (result.Order is { } order)
        {
            foreach (string line in ModeText.Lines(job, order)) Console.WriteLine(line);
        }
        if (manifest.Attack is not null) Console.WriteLine($"attack: {manifest.Attack}");
        var penalties = job.Loss.L1 > 0 || job.Loss.L2 > 0 ? " (penalties included)" : "";
        Console.WriteLine($"train loss: {Numbers.Loss(result.TrainLoss)}{penalties}");
        PrintMetrics("validation", result.ValidationMetrics, data.Validation);
        PrintMetrics(data.Test is null ? "train" : "test", result.Metrics, data.Test ?? data.Train);
        if (plan.ChoosingSet == RowSet.Test)
        {
            Console.WriteLine("note: a stop criterion looked at the test rows, so that their metrics are not of " +
                "unseen rows; 'split: { validation: 0.1 }' in data holds out others for it");
        }
        Console.WriteLine($"run folder: {Path.GetRelativePath(".", folder.Path)}");
        Console.WriteLine($"model sha256: {manifest.ModelSha256}");

        void PrintMetrics(string name, IReadOnlyDictionary<string, double> metrics, Rows? rows)
        {
            if (metrics.Count == 0) return;
            var largest = LargestClass.Of(rows, data.Schema);
            Console.WriteLine($"{name} metrics: {Numbers.Metrics(Numbers.Shown(metrics), largest)}");
        }
    }

    public static void PrintJson(
        TrainingPlan plan, DataSet data, TrainingResult result, ModelManifest manifest, RunFolder folder) =>
        Numbers.WriteObject(json =>
        {
            json.WriteString("stopReason", result.StopReason);
            json.WriteNumber("steps", result.Steps);
            json.WriteNumber("epochs", result.Epochs);
            json.WriteNumber("keptStep", result.KeptStep);
            json.WriteNumber("keptEpoch", result.KeptEpoch);
            Numbers.Write(json, "trainLoss", result.TrainLoss);
            Numbers.Write(json, "metrics", result.Metrics);
            if (data.Validation is not null) Numbers.Write(json, "validationMetrics", result.ValidationMetrics);
            if (LargestClass.Of(data.Test ?? data.Train, data.Schema) is { } largest)
            {
                json.WriteNumber("largestClassShare", largest.Share);
            }
            if (plan.ChoosingSet is { } chosenBy)
            {
                json.WriteString("chosenBy", chosenBy.ToString().ToLowerInvariant());
            }
            json.WriteString("modelSha256", manifest.ModelSha256);
            if (manifest.Attack is not null) json.WriteString("attack", manifest.Attack);
            if (result.Order is { } order) ModeText.Write(json, plan.Job, order);
            Numbers.Write(json, "samplesPerSecond", result.SamplesPerSecond);
            Numbers.Write(json, "wallSeconds", result.WallSeconds);
            json.WriteString("runDir", folder.Path);
        });

    /// <summary>Which parameters the model has, where they are not the last ones; else null.</summary>
    private static string? Kept(TrainingPlan plan, TrainingResult result)
    {
        if (result.KeptStep == result.Steps) return null;
        if (result.KeptStep == 0) return "the first parameters: no evaluation had a finite loss";
        string which = $"the parameters of epoch {result.KeptEpoch} (step {result.KeptStep})";
        var evaluation = result.History.LastOrDefault(e => e.Step == result.KeptStep);
        if (plan.Rules.Keeper is { Metric: { } metric } keeper && evaluation is not null)
        {
            return $"{which}, the best: {metric} {Numbers.Short(evaluation.MetricOf(metric, keeper.Rows))}";
        }
        return $"{which}, the last evaluation with a finite loss";
    }

    /// <summary>What to do next; null where nothing is left to do.</summary>
    public static string? Advice(TrainingEnd end, RunFolder folder, bool isSynchronous)
    {
        var run = Path.GetRelativePath(".", folder.Path);
        return end switch
        {
            TrainingEnd.Finished => null,
            TrainingEnd.Diverged => null,
            TrainingEnd.Corrupted =>
                "Do not use this model. Where a node is named, train without it; then the same command trains anew.",
            TrainingEnd.ClusterLost =>
                $"'clustergd resume {run}' goes on from its newest checkpoint, here or with --cluster on nodes" +
                (isSynchronous ? ", to the same bits." : "."),
            TrainingEnd.Interrupted =>
                $"The model so far is kept: 'clustergd evaluate {run} --data FILE' measures it.\n" +
                $"'clustergd resume {run}' goes on" +
                (isSynchronous ? " and ends with the bits of a run that was left alone." : " from there."),
        };
    }
}
