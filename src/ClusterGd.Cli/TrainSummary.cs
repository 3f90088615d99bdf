using ClusterGd.Cluster;
using ClusterGd.Cluster.Storage;

namespace ClusterGd.Cli;

/// <summary>The last lines of a run: why it stopped, how good it is, where it lies and its hash.</summary>
internal static class TrainSummary
{
    public static void Print(TrainingResult result, ModelManifest manifest, RunFolder folder, bool hasTest, bool isJson)
    {
        if (isJson) PrintJson(result, manifest, folder);
        else PrintLines(result, manifest, folder, hasTest);
        if (Advice(result.End, folder) is { } advice) Console.Error.WriteLine(advice);
    }

    private static void PrintLines(TrainingResult result, ModelManifest manifest, RunFolder folder, bool hasTest)
    {
        var wall = Numbers.Duration(TimeSpan.FromSeconds(result.WallSeconds));
        Console.WriteLine($"stopped: {result.StopReason}");
        Console.WriteLine($"{Numbers.Count(result.Epochs, "epoch")}, {Numbers.Count(result.Steps, "step")}, {wall}, " +
            $"{Numbers.Large(result.SamplesPerSecond)} samples/s");
        Console.WriteLine($"train loss: {Numbers.Short(result.TrainLoss)}");
        if (!result.Metrics.IsEmpty)
        {
            Console.WriteLine($"{(hasTest ? "test" : "train")} metrics: {Numbers.Metrics(result.Metrics)}");
        }
        Console.WriteLine($"run folder: {Path.GetRelativePath(".", folder.Path)}");
        Console.WriteLine($"model sha256: {manifest.ModelSha256}");
    }

    private static void PrintJson(TrainingResult result, ModelManifest manifest, RunFolder folder) =>
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
            Numbers.Write(json, "samplesPerSecond", result.SamplesPerSecond);
            Numbers.Write(json, "wallSeconds", result.WallSeconds);
            json.WriteString("runDir", folder.Path);
        });

    private static string? Advice(TrainingEnd end, RunFolder folder)
    {
        var run = Path.GetRelativePath(".", folder.Path);
        return end switch
        {
            TrainingEnd.Finished => null,
            TrainingEnd.Diverged => null,
            TrainingEnd.ClusterLost => "The cluster lost its nodes; the same command trains to the same bits.",
            TrainingEnd.Interrupted =>
                $"The model so far is kept: 'clustergd evaluate {run} --data FILE' measures it.\n" +
                "The same train command begins anew and, left alone, always ends with the same bits.",
        };
    }
}
