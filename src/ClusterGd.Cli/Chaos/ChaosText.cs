using System.Globalization;
using ClusterGd.Cli.Terminal;

namespace ClusterGd.Cli.Chaos;

/// <summary>The report for a terminal.</summary>
internal static class ChaosText
{
    public static IEnumerable<string> Lines(ChaosReport report)
    {
        yield return "";
        yield return report.Verdict.Sentence;
        if (!report.Verdict.IsHeld) yield return $"expected: {report.Verdict.Expected}";
        yield return string.Create(CultureInfo.InvariantCulture,
            $"steps lost: {report.StepsLost}; gradients recomputed: {report.Recomputed}; duplicates compared: " +
            $"{report.Compared}");
        yield return string.Create(CultureInfo.InvariantCulture,
            $"steps a second: {Rate(report.Before)} before, {Rate(report.During)} up " +
            $"to 3 s after a fault, {Rate(report.After)} after");
        if (report.Faults.IsEmpty) yield break;
        yield return "";
        yield return "   at s    step  found after  step ended after  longest step  fault";
        foreach (var cost in report.Faults)
        {
            string count = cost.Strike.Count switch
            {
                null => "",
                0 => "  struck nothing",
                long struck => $"  struck {struck}",
            };
            string nodes = cost.Strike.Nodes.IsEmpty ? "" : $"  [{string.Join(", ", cost.Strike.Nodes)}]";
            yield return string.Create(CultureInfo.InvariantCulture,
                $"{cost.Strike.Seconds,7:F2} {cost.Step,7}  {Seconds(cost.DetectedAfter),11}  " +
                $"{Seconds(cost.StepEndedAfter),16}  {Seconds(cost.LongestStep),12}  {cost.Strike.What}{nodes}{count}");
        }
        yield return "";
    }

    private static string Seconds(double value) =>
        double.IsNaN(value) ? "–" : value.ToString("F2", CultureInfo.InvariantCulture) + " s";

    private static string Rate(double value) => double.IsNaN(value) ? "–" : Numbers.Large(value);
}
