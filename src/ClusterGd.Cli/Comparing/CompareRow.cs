using System.Globalization;
using ClusterGd.Cli.Terminal;
using ClusterGd.Core.Simulation;

namespace ClusterGd.Cli.Comparing;

/// <summary>A mode's line of the comparison.</summary>
/// <param name="TimeToTarget">Null where it was not reached, or none was asked for.</param>
internal sealed record CompareRow(string Label, ModeRun Run, TimeSpan? TimeToTarget, string Hash)
{
    private const int StalenessShown = 6;

    private static string[] Head(CompareTarget? target) =>
    [
        "mode", "virtual time", target is null ? "to target" : $"to {target}", "train loss", "metrics", "updates",
        "dropped", "sent", "staleness: results", "sha256",
    ];

    public string Time => Seconds(Run.Points[^1].Time);

    public string ToTarget => TimeToTarget is { } time ? Seconds(time) : "–";

    public string Loss => Run.Problem is null ? Numbers.Loss(Run.Points[^1].TrainLoss) : "diverged";

    public Dictionary<string, double> Metrics => new(Numbers.Shown(Run.Points[^1].Metrics));

    public string Sent => $"{Numbers.Large(Run.Bytes)}B";

    public string ShortHash => Hash[..12];

    /// <summary>Updates missed by a gradient, on average.</summary>
    public double StalenessMean => Run.Staleness.Sum(s => (double)s.Key * s.Value) / Run.Staleness.Values.Sum();

    private string[] Cells =>
    [
        Label, Time, ToTarget, Loss, Numbers.Metrics(Metrics), Run.Updates.ToString(CultureInfo.InvariantCulture),
        Run.Dropped.ToString(CultureInfo.InvariantCulture), Sent, Staleness(), ShortHash,
    ];

    public static void PrintHead(CompareTarget? target) => Print(Head(target));

    public void Print()
    {
        Print(Cells);
        if (Run.Problem is not null) Console.WriteLine($"  {Run.Problem}");
    }

    private static void Print(string[] cells)
    {
        int[] widths = [36, 14, 20, 14, 50, 9, 8, 9, 40, 12];
        Console.WriteLine(string.Join(' ', cells.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
    }

    private static string Seconds(TimeSpan time) =>
        time.TotalSeconds.ToString("F3", CultureInfo.InvariantCulture) + " s";

    private string Staleness()
    {
        var shown = Run.Staleness.OrderByDescending(s => s.Value).Take(StalenessShown).OrderBy(s => s.Key);
        string more = Run.Staleness.Count > StalenessShown ? $", … up to {Run.Staleness.Keys.Max()}" : "";
        return string.Join(", ", shown.Select(s => $"{s.Key}: {s.Value}")) + more;
    }
}
