using System.Globalization;
using System.Net;
using System.Text;

namespace ClusterGd.Cli.Chaos;

/// <summary>The report as one HTML page with its plots in it.</summary>
internal static class ChaosPage
{
    private const double Bin = 0.25;

    public static string Of(ChaosReport report)
    {
        var page = new StringBuilder();
        page.Append($$"""
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><title>{{Text(report.Scenario)}}</title>
            <meta name="viewport" content="width=device-width">
            <style>
            body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
            h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin-top: 2rem }
            code { font-size: 0.85rem; overflow-wrap: anywhere }
            .held { color: #12703a } .broken { color: #b3261e }
            table { border-collapse: collapse; width: 100% } td, th { padding: 0.3rem 0.6rem; text-align: right }
            th { border-bottom: 1px solid #999; font-weight: 600 } td:last-child, th:last-child { text-align: left }
            svg { width: 100%; height: auto } .log { color: #555 }
            </style></head><body>
            <h1>Chaos: {{Text(report.Scenario)}}</h1>
            <p class="{{(report.Verdict.IsHeld ? "held" : "broken")}}">
            <strong>{{Text(report.Verdict.Sentence)}}</strong></p>
            <p>Expected: {{Text(report.Verdict.Expected)}}.</p>
            <p>{{report.Nodes}} nodes, {{report.Steps}} steps in {{Number(report.SecondsWith)}} s
            ({{Number(report.SecondsWithout)}} s without faults in one process), {{report.StepsLost}} steps lost.
            {{report.Recomputed}} gradients recomputed, {{report.Compared}} duplicates compared.
            Steps a second: {{Number(report.Before)}} before, {{Number(report.During)}} up to 3 s after a fault,
            {{Number(report.After)}} after.</p>

            """);
        var marks = report.Faults.Select((cost, i) => (cost.Strike.Seconds, $"{i + 1}")).ToList();
        page.Append("<h2>Steps a second</h2>\n");
        page.Append(SvgPlot.Of(Throughput(report), marks, report.SecondsWith, startsAtZero: true));
        page.Append("<h2>Training loss</h2>\n");
        page.Append(SvgPlot.Of(
            [.. report.Losses.Select(l => (l.Seconds, l.Loss))], marks, report.SecondsWith, startsAtZero: false));
        page.Append("<h2>Faults</h2>\n<table><tr><th></th><th>at</th><th>step</th><th>found after</th>" +
            "<th>step ended after</th><th>longest step</th><th>struck</th>" +
            "<th>fault</th></tr>\n");
        foreach (var (cost, i) in report.Faults.Select((cost, i) => (cost, i)))
        {
            page.Append(CultureInfo.InvariantCulture,
                $"<tr><td>{i + 1}</td><td>{Number(cost.Strike.Seconds)} s</td><td>{cost.Step}</td>" +
                $"<td>{Seconds(cost.DetectedAfter)}</td><td>{Seconds(cost.StepEndedAfter)}</td>" +
                $"<td>{Seconds(cost.LongestStep)}</td><td>{cost.Strike.Count}</td>" +
                $"<td><code>{Text(cost.Strike.What)}</code> {Text(string.Join(", ", cost.Strike.Nodes))}</td></tr>\n");
        }
        page.Append("</table>\n<h2>What the coordinator said</h2>\n<ul class=\"log\">\n");
        foreach (var said in report.Sentences)
        {
            page.Append(CultureInfo.InvariantCulture, $"<li>{Number(said.Seconds)} s: {Text(said.Text)}</li>\n");
        }
        return page.Append("</ul></body></html>\n").ToString();
    }

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

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string Seconds(double value) => double.IsNaN(value) ? "–" : $"{Number(value)} s";

    private static string Number(double value) => double.IsNaN(value) ? "–"
        : value.ToString(Math.Abs(value) < 100 ? "0.##" : "0", CultureInfo.InvariantCulture);
}
