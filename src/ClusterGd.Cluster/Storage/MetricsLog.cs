using System.Text.Json;
using ClusterGd.Core.Convergence;

namespace ClusterGd.Cluster.Storage;

/// <summary>
/// <c>metrics.jsonl</c>: one JSON object a line and evaluation. Numbers that are not known or not finite are left out.
/// </summary>
internal static class MetricsLog
{
    /// <summary>The step of the file's last whole line; 0 where there is none.</summary>
    public static long LastStep(string path)
    {
        long step = 0;
        try
        {
            foreach (string line in File.ReadLines(path))
            {
                using var json = JsonDocument.Parse(line);
                if (json.RootElement.ValueKind == JsonValueKind.Object
                    && json.RootElement.TryGetProperty("step", out var at) && at.TryGetInt64(out long here))
                {
                    step = here;
                }
            }
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException
            or InvalidOperationException)
        {
            // What can be read counts.
        }
        return step;
    }

    public static byte[] LineOf(Evaluation evaluation)
    {
        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line))
        {
            json.WriteStartObject();
            json.WriteNumber("step", evaluation.Step);
            json.WriteNumber("epoch", evaluation.Epoch);
            Number(json, "trainLoss", evaluation.TrainLoss);
            Number(json, "learningRate", evaluation.LearningRate);
            Number(json, "gradientNorm", evaluation.GradientNorm);
            Number(json, "gradientMaxNorm", evaluation.GradientMaxNorm);
            Number(json, "parameterNorm", evaluation.ParameterNorm);
            Number(json, "parameterChange", evaluation.ParameterChange);
            Number(json, "stepGradientSquaredNorm", evaluation.StepGradientSquaredNorm);
            Number(json, "stepGradientNoise", evaluation.StepGradientNoise);
            Metrics(json, "metrics", evaluation.Metrics);
            Metrics(json, "validation", evaluation.ValidationMetrics);
            Metrics(json, "train", evaluation.TrainMetrics);
            Number(json, "elapsedSeconds", evaluation.Elapsed.TotalSeconds);
            json.WriteEndObject();
        }
        line.WriteByte((byte)'\n');
        return line.ToArray();
    }

    private static void Metrics(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, double> metrics)
    {
        if (metrics.Count == 0) return;
        json.WriteStartObject(name);
        foreach (var (metric, value) in metrics) Number(json, metric, value);
        json.WriteEndObject();
    }

    private static void Number(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value)) json.WriteNumber(name, value);
    }
}
