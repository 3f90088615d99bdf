using System.Globalization;

namespace ClusterGd.Cli.Chaos;

/// <summary>The report for a terminal.</summary>
internal static class ChaosText
{
    public static IEnumerable<string> Lines(ChaosReport report)
    {
        yield return "";
        yield return Verdict(report);
        yield return string.Create(CultureInfo.InvariantCulture,
            $"steps lost: {report.StepsLost}; steps a second: {Rate(report.Before)} before, {Rate(report.During)} up " +
            $"to 3 s after a fault, {Rate(report.After)} after");
        if (report.Faults.IsEmpty) yield break;
        yield return "";
        yield return "   at s    step  found after  step ended after  longest step  fault";
        foreach (var cost in report.Faults)
        {
            string nodes = cost.Strike.Nodes.IsEmpty ? "" : $"  [{string.Join(", ", cost.Strike.Nodes)}]";
            yield return string.Create(CultureInfo.InvariantCulture,
                $"{cost.Strike.Seconds,7:F2} {cost.Step,7}  {Seconds(cost.DetectedAfter),11}  " +
                $"{Seconds(cost.StepEndedAfter),16}  {Seconds(cost.LongestStep),12}  {cost.Strike.What}{nodes}");
        }
        yield return "";
    }

    public static string Verdict(ChaosReport report) => report switch
    {
        { IsHeld: true } => $"the hash held: {report.HashWith}",
        { Outcome.Length: > 0 } => $"the run with faults has no result: {report.Outcome}",
        _ => $"THE HASH DIFFERS: {report.HashWithout} without faults, {report.HashWith} with",
    };

    private static string Seconds(double value) =>
        double.IsNaN(value) ? "–" : value.ToString("F2", CultureInfo.InvariantCulture) + " s";

    private static string Rate(double value) => double.IsNaN(value) ? "–" : Numbers.Large(value);
}
