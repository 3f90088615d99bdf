using System.Globalization;
using System.Text.Json;
using ClusterGd.Core.Data;

namespace ClusterGd.Cli.Terminal;

/// <summary>Numbers as people and as programs read them.</summary>
internal static class Numbers
{
    /// <summary>Six significant digits; enough to compare runs by eye.</summary>
    public static string Short(double value) => value.ToString("G6", CultureInfo.InvariantCulture);

    /// <summary>Nine significant digits, zeros and all: optima are compared to 1e-5 and columns stay.</summary>
    public static string Loss(double value)
    {
        double size = Math.Abs(value);
        if (size is not (>= 1e-4 and < 1e9)) return value.ToString("G9", CultureInfo.InvariantCulture);
        int decimals = 8 - (int)Math.Floor(Math.Log10(size));
        return value.ToString($"F{decimals}", CultureInfo.InvariantCulture);
    }

    /// <summary>The shortest text that is read back as the same number.</summary>
    public static string Exact(float value) => value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>Such as 1 epoch or 3 epochs.</summary>
    public static string Count(long count, string thing) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {thing}{(count == 1 ? "" : "s")}");

    /// <summary>Such as 950, 12.3 k or 4.56 M.</summary>
    public static string Large(double value) => value switch
    {
        >= 1e9 => (value / 1e9).ToString("0.00", CultureInfo.InvariantCulture) + " G",
        >= 1e6 => (value / 1e6).ToString("0.00", CultureInfo.InvariantCulture) + " M",
        >= 1e4 => (value / 1e3).ToString("0.0", CultureInfo.InvariantCulture) + " k",
        _ => value.ToString("0", CultureInfo.InvariantCulture),
    };

    /// <summary>Such as 0.42 s, 12.3 s, 4 min 05 s or 3 h 20 min.</summary>
    public static string Duration(TimeSpan span) => span.TotalSeconds switch
    {
        < 10 => span.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture) + " s",
        < 60 => span.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture) + " s",
        < 3600 => string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalMinutes} min {span.Seconds:00} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalHours} h {span.Minutes:00} min"),
    };

    /// <summary>
    /// The metrics to show. Where the mean loss is the log loss, which differ by rounding only, one of them is enough.
    /// </summary>
    public static IEnumerable<KeyValuePair<string, double>> Shown(IReadOnlyDictionary<string, double> metrics)
    {
        bool isTwice = metrics.TryGetValue("loss", out double loss)
            && metrics.TryGetValue("logLoss", out double logLoss)
            && Math.Abs(loss - logLoss) <= 1e-4 * Math.Abs(logLoss);
        return metrics.Where(metric => !isTwice || metric.Key != "loss");
    }

    /// <param name="largest">The class that most rows have, to be told beside the accuracy; null for none.</param>
    public static string Metrics(
        IEnumerable<KeyValuePair<string, double>> metrics, LargestClass? largest = null) =>
        string.Join("  ", metrics.Select(m => $"{m.Key} {Short(m.Value)}" +
            (m.Key == "accuracy" && largest is { } of ? $" (largest class {Short(of.Share)})" : "")));

    /// <summary>Such as 98.0 %.</summary>
    public static string Percent(double share) =>
        (100 * share).ToString("F1", CultureInfo.InvariantCulture) + " %";

    /// <summary>An object of metrics.</summary>
    public static void Write(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, double> metrics)
    {
        json.WriteStartObject(name);
        foreach (var (metric, value) in metrics) Write(json, metric, value);
        json.WriteEndObject();
    }

    /// <summary>JSON has no NaN and no infinity: such a number is null.</summary>
    public static void Write(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value)) json.WriteNumber(name, value);
        else json.WriteNull(name);
    }

    /// <summary>One JSON object on standard output.</summary>
    public static void WriteObject(Action<Utf8JsonWriter> write)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        Console.Out.WriteLine(System.Text.Encoding.UTF8.GetString(bytes.ToArray()));
    }
}
