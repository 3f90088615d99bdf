using System.Globalization;
using System.Text.Json;
using ClusterGd.Cli.Terminal;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Modes;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cli.Training;

/// <summary>What a run says of its mode where steps are not synchronous.</summary>
internal static class ModeText
{
    /// <summary>Such as <c>asynchronous: 38400 results, 6.92 updates old in the mean and 15 at most</c>.</summary>
    public static IEnumerable<string> Lines(Job job, AppliedOrder order)
    {
        string mean = order.StalenessMean.ToString("0.##", CultureInfo.InvariantCulture);
        string late = order.Dropped > 0 ? $", {order.Dropped} too late" : "";
        yield return $"mode: {job.Training.Mode.Kind}, {Numbers.Count(OrderAudit.CountOf(order.Lines), "result")} " +
            $"applied{late}; staleness mean {mean}, max {order.StalenessMax}";
        yield return HasOneResult(job, order)
            ? "another run of this job has the same bits"
            : "another run of this job has other bits; 'clustergd replay' rebuilds these from order.jsonl";
    }

    public static void Write(Utf8JsonWriter json, Job job, AppliedOrder order)
    {
        json.WriteStartObject("mode");
        json.WriteString("kind", job.Training.Mode.Kind);
        json.WriteBoolean("hasOneResult", HasOneResult(job, order));
        json.WriteNumber("results", OrderAudit.CountOf(order.Lines));
        json.WriteNumber("late", order.Dropped);
        Numbers.Write(json, "stalenessMean", order.StalenessMean);
        json.WriteNumber("stalenessMax", order.StalenessMax);
        json.WriteStartObject("staleness");
        foreach (var (missed, count) in order.Staleness)
        {
            json.WriteNumber(missed.ToString(CultureInfo.InvariantCulture), count);
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>Local steps have one result as long as no worker had to begin its own optimizer anew.</summary>
    private static bool HasOneResult(Job job, AppliedOrder order)
    {
        var mode = job.Training.Mode.Create(TrainingModes.All);
        return mode.HasOneResult && !order.Lines.Any(line => line.IsFresh);
    }
}
