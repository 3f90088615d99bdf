using System.Globalization;
using System.Text;

namespace ClusterGd.Cli.Pages;

/// <summary>A line of a plot.</summary>
/// <param name="Name">For the legend; empty where the plot has one line.</param>
/// <param name="Points">Ascending in X; Y is finite, or +∞ where it is no number that could be drawn.</param>
internal sealed record PlotLine(string Name, IReadOnlyList<(double X, double Y)> Points);

/// <summary>A moment worth a mark, and for how long.</summary>
/// <param name="Word">Short, such as a number.</param>
/// <param name="Seconds">0 for a moment.</param>
internal sealed record PlotMark(double X, string Word, double Seconds = 0);

/// <summary>
/// Lines over time as inline SVG, with a legend where there are several. A line that leaves the scale is drawn along
/// its edge and has a triangle there; the legend says how far it goes.
/// </summary>
/// <param name="XName">What the horizontal axis is, in seconds.</param>
/// <param name="YName">What the vertical axis is.</param>
/// <param name="End">The last second of the axis.</param>
/// <param name="Low">Where the vertical axis begins; NaN for the lowest value.</param>
/// <param name="High">Where the scale ends; NaN for the highest value.</param>
internal sealed record SvgPlot(
    IReadOnlyList<PlotLine> Lines, string XName, string YName, double End, double Low = double.NaN,
    double High = double.NaN, double Height = 260)
{
    private const double Width = 900, Left = 90, Right = 15, Top = 22, Bottom = 48;
    private const double CharacterWidth = 7;
    private const int TicksWanted = 5;
    private const string Faults = "#b3261e";

    // Eight that stay apart for eyes that see fewer colours (Okabe and Ito 2008, yellow darkened), then dashed.
    private static readonly string[] s_colours =
        ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#a89a00"];

    public IReadOnlyList<PlotMark> Marks { get; init; } = [];

    public string Write()
    {
        var values = Lines.SelectMany(line => line.Points).Select(point => point.Y).Where(double.IsFinite).ToList();
        if (values.Count == 0) return "<p>nothing was measured</p>\n";
        double low = double.IsNaN(Low) ? values.Min() : Low, high = double.IsNaN(High) ? values.Max() : High;
        if (high <= low) high = low + 1;
        double end = Math.Max(End, 1e-9);
        double X(double seconds) => Left + seconds / end * (Width - Left - Right);
        double Y(double value) =>
            Height - Bottom - (Math.Min(value, high) - low) / (high - low) * (Height - Top - Bottom);

        var svg = new StringBuilder();
        WriteLegend(svg, high);
        svg.Append(CultureInfo.InvariantCulture,
            $"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" font-size=\"12\" fill=\"#555\">\n");
        foreach (var (from, until) in Bands(end))
        {
            svg.Append(CultureInfo.InvariantCulture,
                $"<rect x=\"{X(from):F1}\" y=\"{Top}\" width=\"{X(until) - X(from):F1}\" " +
                $"height=\"{Height - Top - Bottom}\" fill=\"{Faults}\" fill-opacity=\"0.08\"/>\n");
        }
        foreach (double tick in Ticks(low, high))
        {
            WriteLine(svg, Left, Y(tick), Width - Right, Y(tick), "#ddd");
            WriteWord(svg, Left - 6, Y(tick) + 4, Number(tick), "end");
        }
        foreach (double tick in Ticks(0, end))
        {
            WriteWord(svg, X(tick), Height - Bottom + 16, $"{Number(tick)} s", "middle");
        }
        WriteWord(svg, (Left + Width - Right) / 2, Height - 8, HtmlPage.Text(XName), "middle");
        double middle = (Top + Height - Bottom) / 2;
        svg.Append(CultureInfo.InvariantCulture,
            $"<text transform=\"translate(14 {middle:F1}) rotate(-90)\" text-anchor=\"middle\">" +
            $"{HtmlPage.Text(YName)}</text>\n");
        foreach (var mark in Marks) WriteLine(svg, X(mark.X), Top, X(mark.X), Height - Bottom, Faults);
        foreach (var (x, word) in Words(X)) WriteWord(svg, x - 3, Top - 6, word, "start", Faults);
        for (int i = 0; i < Lines.Count; i++)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<polyline fill=\"none\" {Stroke(i)} points=\"")
                .AppendJoin(' ', Lines[i].Points.Select(
                    point => FormattableString.Invariant($"{X(point.X):F1},{Y(point.Y):F1}")))
                .Append("\"/>\n");
            foreach (double seconds in Exits(Lines[i], high)) WriteTriangle(svg, X(seconds), i);
        }
        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>Where a line leaves the scale.</summary>
    private static IEnumerable<double> Exits(PlotLine line, double high) => line.Points
        .Where((point, i) => point.Y > high && (i == 0 || line.Points[i - 1].Y <= high)).Select(point => point.X);

    /// <summary>Above the upper edge.</summary>
    private static void WriteTriangle(StringBuilder svg, double x, int line) => svg.Append(
        CultureInfo.InvariantCulture,
        $"<path d=\"M{x - 5:F1} {Top - 2} h10 l-5 -9 z\" fill=\"{s_colours[line % s_colours.Length]}\"/>\n");

    /// <summary>How far a line goes beyond the scale; empty where it does not.</summary>
    private static string OffScale(PlotLine line, double high)
    {
        var beyond = line.Points.Select(point => point.Y).Where(y => y > high).ToList();
        if (beyond.Count == 0) return "";
        var finite = beyond.Where(double.IsFinite).ToList();
        string most = finite.Count < beyond.Count ? "then no number" : "";
        if (finite.Count > 0) most = $"up to {Number(finite.Max())}{(most.Length > 0 ? $", {most}" : "")}";
        return $" ▲ off the scale: {most}";
    }

    /// <summary>Where at least one mark lasts.</summary>
    private List<(double From, double Until)> Bands(double end)
    {
        var bands = new List<(double From, double Until)>();
        foreach (var mark in Marks.Where(mark => mark.Seconds > 0 && mark.X < end).OrderBy(mark => mark.X))
        {
            double until = Math.Min(mark.X + mark.Seconds, end);
            if (bands.Count > 0 && mark.X <= bands[^1].Until)
            {
                bands[^1] = (bands[^1].From, Math.Max(bands[^1].Until, until));
            }
            else bands.Add((mark.X, until));
        }
        return bands;
    }

    /// <summary>The words of the marks; of those that would lie on each other, in one.</summary>
    private List<(double X, string Word)> Words(Func<double, double> x)
    {
        var words = new List<(double X, string Word)>();
        foreach (var mark in Marks.OrderBy(mark => mark.X))
        {
            double at = x(mark.X);
            if (words.Count > 0 && at - words[^1].X < CharacterWidth * (words[^1].Word.Length + 1))
            {
                words[^1] = (words[^1].X, $"{words[^1].Word}, {mark.Word}");
            }
            else words.Add((at, mark.Word));
        }
        return words;
    }

    private void WriteLegend(StringBuilder page, double high)
    {
        if (Lines.Count < 2 && Lines.All(line => OffScale(line, high).Length == 0)) return;
        page.Append("<p class=\"legend\">\n");
        for (int i = 0; i < Lines.Count; i++)
        {
            page.Append("<span><svg viewBox=\"0 0 24 8\"><line x1=\"0\" y1=\"4\" x2=\"24\" y2=\"4\" ")
                .Append($"{Stroke(i)}/></svg> {HtmlPage.Text(Lines[i].Name + OffScale(Lines[i], high))}</span>\n");
        }
        page.Append("</p>\n");
    }

    private static string Stroke(int line) =>
        $"stroke=\"{s_colours[line % s_colours.Length]}\" stroke-width=\"1.6\"" +
        (line < s_colours.Length ? "" : " stroke-dasharray=\"5 3\"");

    /// <summary>Round numbers within a range: 1, 2 or 5 times a power of ten apart.</summary>
    private static IEnumerable<double> Ticks(double low, double high)
    {
        double raw = (high - low) / TicksWanted, power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        double step = power * (raw / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 };
        for (double tick = Math.Ceiling(low / step) * step; tick <= high + step * 1e-9; tick += step) yield return tick;
    }

    private static string Number(double tick) => tick.ToString("G4", CultureInfo.InvariantCulture);

    private static void WriteLine(StringBuilder svg, double x1, double y1, double x2, double y2, string colour) =>
        svg.Append(CultureInfo.InvariantCulture,
            $"<line x1=\"{x1:F1}\" y1=\"{y1:F1}\" x2=\"{x2:F1}\" y2=\"{y2:F1}\" stroke=\"{colour}\"/>\n");

    private static void WriteWord(
        StringBuilder svg, double x, double y, string word, string anchor, string colour = "#555") => svg.Append(
            CultureInfo.InvariantCulture,
            $"<text x=\"{x:F1}\" y=\"{y:F1}\" text-anchor=\"{anchor}\" fill=\"{colour}\">{word}</text>\n");
}
