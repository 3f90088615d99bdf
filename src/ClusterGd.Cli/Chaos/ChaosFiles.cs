using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ClusterGd.Cli.Terminal;

namespace ClusterGd.Cli.Chaos;

/// <summary>The report as text, as JSON, and as a page that needs no other file.</summary>
internal static class ChaosFiles
{
    public const string PageName = "report.html";
    private static readonly JsonWriterOptions s_json = new()
    {
        Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static void Write(string folder, ChaosReport report)
    {
        File.WriteAllLines(Path.Combine(folder, "report.txt"), ChaosText.Lines(report));
        File.WriteAllText(Path.Combine(folder, "report.json"), Json(report) + "\n");
        File.WriteAllText(Path.Combine(folder, PageName), ChaosPage.Of(report));
    }

    public static string Json(ChaosReport report)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, s_json)) Write(json, report);
        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    private static void Write(Utf8JsonWriter json, ChaosReport report)
    {
        json.WriteStartObject();
        json.WriteString("scenario", report.Scenario);
        json.WriteBoolean("held", report.Verdict.IsHeld);
        json.WriteString("expected", report.Verdict.Expected);
        json.WriteString("verdict", report.Verdict.Sentence);
        json.WriteBoolean("hashHeld", report.IsHashHeld);
        json.WriteString("sha256WithoutFaults", report.HashWithout);
        json.WriteString("sha256WithFaults", report.HashWith);
        json.WriteString("stopReason", report.Reason);
        json.WriteNumber("nodes", report.Nodes);
        json.WriteNumber("steps", report.Steps);
        json.WriteNumber("stepsLost", report.StepsLost);
        json.WriteNumber("gradientsRecomputed", report.Recomputed);
        json.WriteNumber("duplicatesCompared", report.Compared);
        Numbers.Write(json, "secondsWithoutFaults", report.SecondsWithout);
        Numbers.Write(json, "secondsWithFaults", report.SecondsWith);
        json.WriteStartObject("stepsPerSecond");
        Numbers.Write(json, "before", report.Before);
        Numbers.Write(json, "during", report.During);
        Numbers.Write(json, "after", report.After);
        json.WriteEndObject();
        json.WriteStartArray("faults");
        foreach (var cost in report.Faults)
        {
            json.WriteStartObject();
            json.WriteString("fault", cost.Strike.What);
            json.WriteStartArray("nodes");
            foreach (string node in cost.Strike.Nodes) json.WriteStringValue(node);
            json.WriteEndArray();
            if (cost.Strike.Count is { } struck) json.WriteNumber("struck", struck);
            Numbers.Write(json, "atSeconds", cost.Strike.Seconds);
            json.WriteNumber("atStep", cost.Step);
            Numbers.Write(json, "foundAfterSeconds", cost.DetectedAfter);
            Numbers.Write(json, "stepEndedAfterSeconds", cost.StepEndedAfter);
            Numbers.Write(json, "longestStepSeconds", cost.LongestStep);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("sentences");
        foreach (var said in report.Sentences)
        {
            json.WriteStartObject();
            Numbers.Write(json, "atSeconds", said.Seconds);
            json.WriteString("text", said.Text);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
