using System.Globalization;
using System.Text;
using ClusterGd.Cli.Pages;
using ClusterGd.Core.Simulation;

namespace ClusterGd.Cli.Comparing;

/// <summary>The comparison as one page: loss over time, the table, and how stale each mode's gradients were.</summary>
internal static class ComparePage
{
    private const double PlotHeight = 380, StalenessBarsMax = 40;

    public static string Write(string job, WorkTimes times, CompareTarget? target, IReadOnlyList<CompareRow> rows)
    {
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"""
            <p>Virtual time: {times.ComputeMs} ms a micro-batch, {times.LatencyMs} ms one way,
            {times.BandwidthMBs} MB/s; {times.Stragglers} workers {times.Slowdown} times slower. The gradients are real.
            Equal bits are promised for synchronous training alone.</p>
            <h2>Training loss</h2>

            """);
        page.Append(Losses(rows));
        var metrics = rows[0].Metrics.Keys.Where(metric => rows.All(row => row.Metrics.ContainsKey(metric))).ToList();
        page.Append("<h2>Modes</h2>\n").Append(HtmlPage.Table(
            [
                ("mode", true), ("time", false), (target is null ? "to target" : $"to {target}", false),
                ("train loss", false), .. metrics.Select(metric => (metric, false)), ("updates", false),
                ("dropped", false), ("sent", false), ("sha256", false),
            ],
            rows.Select(row => (string[])
            [
                HtmlPage.Text(row.Label), row.Time, row.ToTarget, row.Loss,
                .. metrics.Select(metric => row.Metrics[metric].ToString("G5", CultureInfo.InvariantCulture)),
                $"{row.Run.Updates}", $"{row.Run.Dropped}", row.Sent, $"<code>{row.ShortHash}</code>",
            ])));
        page.Append("<h2>Staleness</h2>\n<p>Updates that the server made between a worker's reading the parameters " +
            "and its gradient being counted; the bars are shares of all gradients.</p>\n");
        page.Append(HtmlPage.Table(
            [("mode", true), ("mean", false), ("most", false), ("0, 1, 2, …", true)],
            rows.Where(row => row.Run.Staleness.Count > 0).Select(row => (string[])
            [
                HtmlPage.Text(row.Label),
                row.StalenessMean.ToString("0.##", CultureInfo.InvariantCulture),
                $"{row.Run.Staleness.Keys.Max()}", Bars(row.Run.Staleness),
            ])));
        return HtmlPage.Write($"{job}: modes of training", page.ToString());
    }

    /// <summary>The scale ends just above where the curves begin, so that those that fall can be told apart.</summary>
    private static string Losses(IReadOnlyList<CompareRow> rows)
    {
        var lines = rows.Select(row => new PlotLine(
            row.Label,
            [
                .. row.Run.Points.Select(point => (
                    point.Time.TotalSeconds,
                    double.IsFinite(point.TrainLoss) ? point.TrainLoss : double.PositiveInfinity)),
            ])).ToList();
        double end = rows.Max(row => row.Run.Points[^1].Time.TotalSeconds);
        var finite = lines.SelectMany(line => line.Points).Select(point => point.Y).Where(double.IsFinite).ToList();
        var first = lines.Select(line => line.Points[0].Y).Where(double.IsFinite).ToList();
        double high = finite.DefaultIfEmpty(double.NaN).Max();
        if (first.Count > 0) high = Math.Min(high, first.Max() + 0.1 * Math.Abs(first.Max()));
        return new SvgPlot(
            lines, "virtual time", "training loss, penalties included", end, High: high, Height: PlotHeight).Write();
    }

    private static string Bars(IReadOnlyDictionary<long, long> staleness)
    {
        const double width = 7, height = 28;
        double most = staleness.Values.Max(), sum = staleness.Values.Sum();
        var svg = new StringBuilder(string.Create(CultureInfo.InvariantCulture,
            $"<svg viewBox=\"0 0 {StalenessBarsMax * width} {height}\" role=\"img\" fill=\"#0072b2\">"));
        foreach (var (updates, count) in staleness.Where(bar => bar.Key < StalenessBarsMax))
        {
            double tall = Math.Max(0.5, count / most * height);
            svg.Append(CultureInfo.InvariantCulture,
                $"<rect x=\"{updates * width:F1}\" y=\"{height - tall:F1}\" width=\"{width - 1}\" " +
                $"height=\"{tall:F1}\"><title>{updates}: {count} ({100 * count / sum:0.#} %)</title></rect>");
        }
        return svg.Append("</svg>").ToString();
    }
}
