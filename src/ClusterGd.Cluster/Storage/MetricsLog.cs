using System.Text.Json;
using ClusterGd.Core.Convergence;

namespace ClusterGd.Cluster.Storage;

/// <summary>
/// <c>metrics.jsonl</c>: one JSON object a line and evaluation, written at once, so that whoever watches the file sees
/// it. Numbers that are not known or not finite are left out.
/// </summary>
internal static class MetricsLog
{
    public static void Append(string path, Evaluation evaluation)
    {
        using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);
        LineOf(evaluation).WriteTo(file);
    }

    /// <summary>Puts these lines in place of all.</summary>
    public static void Rewrite(string path, IEnumerable<Evaluation> evaluations) => AtomicFile.Write(path, file =>
    {
        foreach (var evaluation in evaluations) LineOf(evaluation).WriteTo(file);
    });

    private static MemoryStream LineOf(Evaluation evaluation)
    {
        var line = new MemoryStream();
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
        return line;
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
