using System.Globalization;
using System.Text;
using ClusterGd.Cli.Pages;

namespace ClusterGd.Cli.Chaos;

/// <summary>The report as one HTML page with its plots in it.</summary>
internal static class ChaosPage
{
    private const double Bin = 0.25;

    public static string Of(ChaosReport report)
    {
        var marks = report.Faults
            .Select((cost, i) => new PlotMark(cost.Strike.Seconds, $"{i + 1}", cost.Strike.For)).ToList();
        var page = new StringBuilder();
        page.Append($"""
            <p class="{(report.Verdict.IsHeld ? "held" : "broken")}">
            <strong>{HtmlPage.Text(report.Verdict.Sentence)}</strong></p>
            <p>Expected: {HtmlPage.Text(report.Verdict.Expected)}.</p>
            <p>{report.Nodes} nodes, {report.Steps} steps in {Number(report.SecondsWith)} s
            ({Number(report.SecondsWithout)} s without faults in one process), {report.StepsLost} steps lost.
            {report.Recomputed} gradients recomputed, {report.Compared} duplicates compared.
            Steps a second: {Number(report.Before)} before, {Number(report.During)} up to 3 s after a fault,
            {Number(report.After)} after.</p>

            """);
        page.Append("<h2>Steps a second</h2>\n")
            .Append((Plot("steps a second", Throughput(report), report, marks) with { Low = 0 }).Write());
        page.Append("<h2>Training loss</h2>\n")
            .Append(Plot(
                "training loss", [.. report.Losses.Select(loss => (loss.Seconds, loss.Loss))], report, marks).Write());
        page.Append("<h2>Faults</h2>\n").Append(HtmlPage.Table(
            [
                ("", false), ("at", false), ("step", false), ("found after", false), ("step ended after", false),
                ("longest step", false), ("struck", false), ("fault", true),
            ],
            report.Faults.Select((cost, i) => (string[])
            [
                $"{i + 1}", Seconds(cost.Strike.Seconds), $"{cost.Step}", Seconds(cost.DetectedAfter),
                Seconds(cost.StepEndedAfter), Seconds(cost.LongestStep), $"{cost.Strike.Count}",
                $"<code>{HtmlPage.Text(cost.Strike.What)}</code> " +
                    HtmlPage.Text(string.Join(", ", cost.Strike.Nodes)),
            ])));
        page.Append("<h2>What the coordinator said</h2>\n<ul class=\"log\">\n");
        foreach (var said in report.Sentences)
        {
            page.Append(CultureInfo.InvariantCulture,
                $"<li>{Number(said.Seconds)} s: {HtmlPage.Text(said.Text)}</li>\n");
        }
        return HtmlPage.Write($"Chaos: {report.Scenario}", page.Append("</ul>\n").ToString());
    }

    private static SvgPlot Plot(
        string what, IReadOnlyList<(double, double)> points, ChaosReport report, IReadOnlyList<PlotMark> marks) =>
        new([new PlotLine("", points)], "time since the start", what, report.SecondsWith) { Marks = marks };

    /// <summary>Steps a second in pieces of a quarter of a second.</summary>
    private static List<(double, double)> Throughput(ChaosReport report)
    {
        var points = new List<(double, double)>();
        if (report.StepSamples.IsEmpty) return points;
        var from = report.StepSamples[0];
        foreach (var sample in report.StepSamples)
        {
            if (sample.Seconds - from.Seconds < Bin) continue;
            points.Add((sample.Seconds, Math.Max(0, sample.Step - from.Step) / (sample.Seconds - from.Seconds)));
            from = sample;
        }
        return points;
    }

    private static string Seconds(double value) => double.IsNaN(value) ? "–" : $"{Number(value)} s";

    private static string Number(double value) => double.IsNaN(value) ? "–"
        : value.ToString(Math.Abs(value) < 100 ? "0.##" : "0", CultureInfo.InvariantCulture);
}
