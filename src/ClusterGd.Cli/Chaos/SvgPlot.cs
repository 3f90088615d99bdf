using System.Globalization;
using System.Text;

namespace ClusterGd.Cli.Chaos;

/// <summary>A line over time, with numbered marks, as inline SVG.</summary>
internal static class SvgPlot
{
    private const double Width = 900, Height = 240, Left = 70, Right = 15, Top = 22, Bottom = 32;
    private const int TicksWanted = 5;

    /// <param name="points">(seconds, value), ascending in time.</param>
    /// <param name="marks">Seconds and a short word.</param>
    public static string Of(
        IReadOnlyList<(double X, double Y)> points, IReadOnlyList<(double X, string Word)> marks, double end,
        bool startsAtZero)
    {
        var svg = new StringBuilder(FormattableString.Invariant(
            $"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" font-size=\"12\" fill=\"#555\">\n"));
        if (points.Count == 0)
        {
            return svg.Append("<text x=\"70\" y=\"40\">nothing was measured</text></svg>\n").ToString();
        }
        var (low, high) = (startsAtZero ? 0 : points.Min(p => p.Y), points.Max(p => p.Y));
        if (high <= low) high = low + 1;
        double X(double seconds) => Left + seconds / Math.Max(end, 1e-9) * (Width - Left - Right);
        double Y(double value) => Height - Bottom - (value - low) / (high - low) * (Height - Top - Bottom);
        foreach (double tick in Ticks(low, high))
        {
            Line(svg, Left, Y(tick), Width - Right, Y(tick), "#ddd");
            Word(svg, Left - 6, Y(tick) + 4, tick.ToString("G4", CultureInfo.InvariantCulture), "end");
        }
        foreach (double tick in Ticks(0, end))
        {
            string seconds = tick.ToString("G4", CultureInfo.InvariantCulture);
            Word(svg, X(tick), Height - Bottom + 16, $"{seconds} s", "middle");
        }
        foreach (var (seconds, word) in marks)
        {
            Line(svg, X(seconds), Top, X(seconds), Height - Bottom, "#b3261e");
            Word(svg, X(seconds), Top - 6, word, "middle", "#b3261e");
        }
        svg.Append("<polyline fill=\"none\" stroke=\"#1f5fbf\" stroke-width=\"1.6\" points=\"");
        foreach (var (x, y) in points) svg.Append(CultureInfo.InvariantCulture, $"{X(x):F1},{Y(y):F1} ");
        return svg.Append("\"/>\n</svg>\n").ToString();
    }

    /// <summary>Round numbers within a range: 1, 2 or 5 times a power of ten apart.</summary>
    private static IEnumerable<double> Ticks(double low, double high)
    {
        double raw = (high - low) / TicksWanted, power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        double step = power * (raw / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 };
        for (double tick = Math.Ceiling(low / step) * step; tick <= high + step * 1e-9; tick += step) yield return tick;
    }

    private static void Line(StringBuilder svg, double x1, double y1, double x2, double y2, string color) => svg.Append(
        CultureInfo.InvariantCulture,
        $"<line x1=\"{x1:F1}\" y1=\"{y1:F1}\" x2=\"{x2:F1}\" y2=\"{y2:F1}\" stroke=\"{color}\"/>\n");

    private static void Word(
        StringBuilder svg, double x, double y, string word, string anchor, string color = "#555") => svg.Append(
            CultureInfo.InvariantCulture,
            $"<text x=\"{x:F1}\" y=\"{y:F1}\" text-anchor=\"{anchor}\" fill=\"{color}\">{word}</text>\n");
}
