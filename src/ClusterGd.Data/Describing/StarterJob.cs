using System.Globalization;
using System.Text;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using ClusterGd.Data.Describing;

namespace ClusterGd.Data;

/// <summary>
/// A first job for a file, as YAML: what the file shows, with the reason for each key, and a linear model whose
/// learning rate is stable for it.
/// </summary>
public static class StarterJob
{
    private const int ClassesMax = 20, RowsOfSplit = 1_000, StepsWanted = 3_000, Pixels = 255;

    /// <param name="path">The file as the job is to name it.</param>
    /// <param name="labels">The labels' file likewise, for idx.</param>
    /// <exception cref="InputException">The target is neither a number nor a class.</exception>
    public static string Of(DataDescription data, string path, string? labels)
    {
        string loss = LossOf(data);
        int batch = Math.Clamp(data.Rows / 10, Math.Min(16, data.Rows), 256);
        int epochs = (int)Math.Clamp((long)StepsWanted * batch / data.Rows, 10, 500);
        int shards = data.Rows >= 64 ? 8 : data.Rows >= 8 ? 4 : 1;
        bool isClustering = loss.Length == 0;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# A first job for {data.Rows} rows of {OneLine(path)}.\n");
        text.Append(CultureInfo.InvariantCulture, $"name: {YamlWords.Word(NameOf(path))}\ndata:\n  train:\n");
        foreach (var (key, value) in KeysOf(data, path, labels))
        {
            var reasons = data.Suggestions.Where(s => s.Key == key).Select(s => s.Reason);
            foreach (string reason in reasons) text.Append(CultureInfo.InvariantCulture, $"    # {OneLine(reason)}\n");
            text.Append(CultureInfo.InvariantCulture, $"    {key}: {value}\n");
        }
        // Named after a use that they may not have: the reader decides.
        foreach (var (key, value, reason) in data.Suggestions.Where(s =>
            s.Key is "weight" or "group" && data.Advised is not null))
        {
            text.Append(CultureInfo.InvariantCulture, $"    # {OneLine(reason)}\n    # {key}: {value}\n");
        }
        if (data.Rows >= RowsOfSplit && !isClustering) text.Append("  split: { fraction: 0.2 }\n");
        text.Append(isClustering ? "model: { kind: kmeans, clusters: 8 }\n" : $"model: linear\nloss: {loss}\n");
        if (!isClustering)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"optimizer: {{ kind: momentum, learningRate: {RateOf(data, loss)}, schedule: cosine }}\n");
        }
        text.Append(CultureInfo.InvariantCulture,
            $"training: {{ batchSize: {batch}, shards: {shards}, epochs: {epochs} }}\n");
        return text.ToString();
    }

    /// <summary>Empty for k-means.</summary>
    private static string LossOf(DataDescription data)
    {
        if (data.Suggestions.FirstOrDefault(s => s.Key == "loss") is { } suggested) return suggested.Value;
        if (data.Targets.IsEmpty) return "";
        if (data.Targets is not [var target]) return "squared";
        int classes = target.Classes.Length;
        bool areWords = target.Min is null, areFew = 2L * classes <= data.Rows;
        if (areWords && !areFew && classes >= 5)
        {
            throw new InputException(
                $"{data.Path}: the target '{target.Name}' has another word in most rows, so it is neither a number " +
                "nor a class: name the target with --target.");
        }
        if (!areWords && (classes is < 2 or > ClassesMax || !areFew)) return "squared";
        return classes == 2 ? "logistic" : "softmax";
    }

    private static IEnumerable<(string Key, string Value)> KeysOf(DataDescription data, string path, string? labels)
    {
        var source = data.Advised;
        yield return ("path", YamlWords.Word(path));
        if (data.IsFormatGuessed && JobFormat.GuessName(path) != data.Format || !data.IsFormatGuessed)
        {
            yield return ("format", data.Format);
        }
        if (labels is not null) yield return ("labels", YamlWords.Word(labels));
        if (data.Format == DataFormat.Idx && ScaleOf(data) is var scale and > 1)
        {
            yield return ("scale", scale.ToString(CultureInfo.InvariantCulture));
        }
        if (source is null)
        {
            foreach (var suggestion in data.Suggestions.Where(s => s.Key != "loss"))
            {
                yield return (suggestion.Key, suggestion.Value);
            }
            yield break;
        }
        if (data.Delimiter is "blanks" || source.Delimiter is not null)
        {
            yield return ("delimiter", YamlWords.Word(data.Delimiter ?? source.Delimiter!));
        }
        if (data.HasHeader is { } header) yield return ("header", header ? "true" : "false");
        if (!source.Target.IsEmpty && !data.Targets.IsEmpty) yield return ("target", YamlWords.List(source.Target));
        if (!source.Categorical.IsEmpty) yield return ("categorical", YamlWords.List(source.Categorical));
        if (!source.Ignore.IsEmpty) yield return ("ignore", YamlWords.List(source.Ignore));
        if (source.Decimal is { } mark) yield return ("decimal", $"'{mark}'");
        if (source.Thousands is { } thousands) yield return ("thousands", YamlWords.Word(thousands));
        if (!source.MissingTokens.IsEmpty) yield return ("missingTokens", YamlWords.List(source.MissingTokens));
        if (source.Missing != "error") yield return ("missing", source.Missing);
        yield return ("standardize", "true");
    }

    /// <summary>255 for bytes, as pixels are; 1 for small numbers.</summary>
    private static int ScaleOf(DataDescription data) =>
        data.FeatureRanges.Any(f => f.Max is > 1 and <= Pixels) && data.FeatureRanges.All(f => f.Max is <= Pixels)
            ? Pixels : 1;

    /// <summary>
    /// Momentum is stable below about 2 / (largest curvature), which is at most the mean squared length of a row times
    /// 1, 1/4 and 1/2 for the three losses: a quarter of that, one digit, at most 0.5.
    /// </summary>
    private static string RateOf(DataDescription data, string loss)
    {
        // Standardised, each column adds 1 to the squared length; so does the one feature of a category, and the bias.
        double scale = data.Format == DataFormat.Idx ? ScaleOf(data) : 1;
        double length = 1 + (data.MeanSquaredLength / (scale * scale) ?? data.ColumnCount);
        double rate = Math.Min(0.5, 0.5 * (loss switch { "logistic" => 4, "softmax" => 2, _ => 1 }) / length);
        double unit = Math.Pow(10, Math.Floor(Math.Log10(rate)));
        decimal rounded = (decimal)(Math.Floor(rate / unit * 1.0000001) * unit);
        return rounded.ToString("0.##################", CultureInfo.InvariantCulture);
    }

    /// <summary>The file's name as a job may be called.</summary>
    private static string NameOf(string path)
    {
        string name = Path.GetFileName(path);
        int dot = name.IndexOf('.', 1);
        var bare = (dot < 0 ? name : name[..dot]).Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' ? c : '-');
        string trimmed = string.Concat(bare).Trim('-');
        return trimmed.Length == 0 ? "job" : trimmed[..Math.Min(trimmed.Length, 64)];
    }

    private static string OneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
}
