using ClusterGd.Cluster;
using ClusterGd.Cluster.Storage;
using ClusterGd.Core.Jobs;

namespace ClusterGd.Cli;

/// <summary>The last lines of a run: why it stopped, how good it is, where it lies and its hash.</summary>
internal static class TrainSummary
{
    public static void PrintLines(
        Job job, TrainingResult result, ModelManifest manifest, RunFolder folder, bool hasTest)
    {
        var wall = Numbers.Duration(TimeSpan.FromSeconds(result.WallSeconds));
        Console.WriteLine($"stopped: {result.StopReason}");
        Console.WriteLine($"{Numbers.Count(result.Epochs, "epoch")}, {Numbers.Count(result.Steps, "step")}, {wall}, " +
            $"{Numbers.Large(result.SamplesPerSecond)} samples/s");
        if (result.Order is { } order)
        {
            foreach (string line in ModeText.Lines(job, order)) Console.WriteLine(line);
        }
        if (manifest.Attack is not null) Console.WriteLine($"attack: {manifest.Attack}");
        var penalties = job.Loss.L1 > 0 || job.Loss.L2 > 0 ? " (penalties included)" : "";
        Console.WriteLine($"train loss: {Numbers.Loss(result.TrainLoss)}{penalties}");
        if (!result.Metrics.IsEmpty)
        {
            var shown = Numbers.Metrics(Numbers.Shown(result.Metrics));
            Console.WriteLine($"{(hasTest ? "test" : "train")} metrics: {shown}");
        }
        Console.WriteLine($"run folder: {Path.GetRelativePath(".", folder.Path)}");
        Console.WriteLine($"model sha256: {manifest.ModelSha256}");
    }

    public static void PrintJson(Job job, TrainingResult result, ModelManifest manifest, RunFolder folder) =>
        Numbers.WriteObject(json =>
        {
            json.WriteString("stopReason", result.StopReason);
            json.WriteNumber("steps", result.Steps);
            json.WriteNumber("epochs", result.Epochs);
            Numbers.Write(json, "trainLoss", result.TrainLoss);
            json.WriteStartObject("metrics");
            foreach (var (name, value) in result.Metrics) Numbers.Write(json, name, value);
            json.WriteEndObject();
            json.WriteString("modelSha256", manifest.ModelSha256);
            if (manifest.Attack is not null) json.WriteString("attack", manifest.Attack);
            if (result.Order is { } order) ModeText.Write(json, job, order);
            Numbers.Write(json, "samplesPerSecond", result.SamplesPerSecond);
            Numbers.Write(json, "wallSeconds", result.WallSeconds);
            json.WriteString("runDir", folder.Path);
        });

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
