using System.Globalization;
using System.Net;
using System.Text;
using ClusterGd.Core.Simulation;

namespace ClusterGd.Cli;

/// <summary>The comparison as one page that needs nothing else: a plot of the loss over time, and the table.</summary>
internal static class ComparePage
{
    private const double Width = 860, Height = 420, Left = 80, Right = 20, Top = 20, Bottom = 50;

    private static readonly string[] s_colours =
        ["#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22"];

    public static string Write(string job, WorkTimes times, CompareTarget? target, IReadOnlyList<CompareRow> rows)
    {
        var page = new StringBuilder();
        page.Append("<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">\n")
            .Append(Invariant($"<title>{Text(job)}: modes of training</title>\n"))
            .Append("<style>body{font:15px sans-serif;margin:2em;max-width:75em}")
            .Append("table{border-collapse:collapse}td,th{padding:.2em .7em;text-align:left;")
            .Append("border-bottom:1px solid #ccc;font-size:13px}svg{background:#fff}</style>\n")
            .Append(Invariant($"<h1>{Text(job)}: modes of training</h1>\n<p>Virtual time: {times.ComputeMs} ms a "))
            .Append(Invariant($"micro-batch, {times.LatencyMs} ms one way, {times.BandwidthMBs} MB/s; "))
            .Append(Invariant($"{times.Stragglers} workers {times.Slowdown} times slower. "))
            .Append("The gradients are real.</p>\n");
        Plot(page, rows);
        page.Append("<table>\n<tr>");
        foreach (string cell in CompareRow.Head(target)) page.Append(Invariant($"<th>{Text(cell)}</th>"));
        foreach (var row in rows)
        {
            page.Append("</tr>\n<tr>");
            foreach (string cell in row.Cells) page.Append(Invariant($"<td>{Text(cell)}</td>"));
        }
        return page.Append("</tr>\n</table>\n</html>\n").ToString();
    }

    private static void Plot(StringBuilder page, IReadOnlyList<CompareRow> rows)
    {
        var points = rows.SelectMany(r => Drawn(r.Run)).ToList();
        if (points.Count == 0) return;
        double timeMax = Math.Max(1e-9, points.Max(p => p.Time.TotalSeconds));
        double lossMin = points.Min(p => p.TrainLoss);
        double lossMax = Math.Max(lossMin + 1e-12, Math.Min(points.Max(p => p.TrainLoss), rows.Max(First) * 1.1));
        double X(double seconds) => Left + seconds / timeMax * (Width - Left - Right);
        double Y(double loss) =>
            Top + (lossMax - Math.Min(loss, lossMax)) / (lossMax - lossMin) * (Height - Top - Bottom);

        page.Append(Invariant($"<svg viewBox=\"0 0 {Width} {Height}\" width=\"{Width}\" role=\"img\">\n"))
            .Append("<title>Training loss over virtual time</title>\n");
        for (int i = 0; i <= 5; i++)
        {
            double seconds = timeMax * i / 5, loss = lossMin + (lossMax - lossMin) * i / 5;
            Line(page, Left, Y(loss), Width - Right, Y(loss), "#ddd");
            Label(page, Left - 8, Y(loss) + 4, "end", loss.ToString("G4", CultureInfo.InvariantCulture));
            Label(page, X(seconds), Height - Bottom + 18, "middle", Invariant($"{seconds:G3}"));
        }
        Line(page, Left, Height - Bottom, Width - Right, Height - Bottom, "#333");
        Line(page, Left, Top, Left, Height - Bottom, "#333");
        Label(page, (Left + Width - Right) / 2, Height - 10, "middle", "virtual seconds; vertical: training loss");
        for (int i = 0; i < rows.Count; i++)
        {
            string colour = s_colours[i % s_colours.Length];
            var line = Drawn(rows[i].Run).Select(p => Invariant($"{X(p.Time.TotalSeconds):F1},{Y(p.TrainLoss):F1}"));
            page.Append(Invariant($"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" points=\""))
                .AppendJoin(' ', line).Append("\"/>\n");
            Line(page, Width - 330, Top + 14 + 18 * i, Width - 310, Top + 14 + 18 * i, colour);
            Label(page, Width - 304, Top + 18 + 18 * i, "start", rows[i].Label);
        }
        page.Append("</svg>\n");
    }

    private static double First(CompareRow row) => row.Run.Points[0].TrainLoss;

    private static IEnumerable<ModePoint> Drawn(ModeRun run) => run.Points.Where(p => double.IsFinite(p.TrainLoss));

    private static void Line(StringBuilder page, double x1, double y1, double x2, double y2, string colour) =>
        page.Append(Invariant(
            $"<line x1=\"{x1:F1}\" y1=\"{y1:F1}\" x2=\"{x2:F1}\" y2=\"{y2:F1}\" stroke=\"{colour}\"/>\n"));

    private static void Label(StringBuilder page, double x, double y, string anchor, string text) =>
        page.Append(Invariant(
            $"<text x=\"{x:F1}\" y=\"{y:F1}\" font-size=\"12\" text-anchor=\"{anchor}\">{Text(text)}</text>\n"));

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
