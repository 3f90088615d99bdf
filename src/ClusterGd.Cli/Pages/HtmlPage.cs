using System.Globalization;
using System.Net;
using System.Text;

namespace ClusterGd.Cli.Pages;

/// <summary>A page that needs nothing else: what all reports of this program have in common.</summary>
internal static class HtmlPage
{
    private const string Style = """
        body { font: 15px/1.5 system-ui, sans-serif; max-width: 66rem; margin: 2rem auto; padding: 0 1rem }
        h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin-top: 2rem }
        h1, strong, li { overflow-wrap: anywhere } code { font-size: 0.85rem; overflow-wrap: anywhere }
        .held { color: #12703a } .broken { color: #b3261e } .log { color: #555 }
        .table { overflow-x: auto } table { border-collapse: collapse; width: 100%; font-size: 14px }
        td, th { padding: 0.25rem 0.5rem; text-align: right; vertical-align: top; white-space: nowrap }
        th { border-bottom: 1px solid #999; font-weight: 600; vertical-align: bottom; white-space: normal }
        .text { text-align: left; white-space: normal; overflow-wrap: anywhere; min-width: 9rem }
        .text:last-child { min-width: 20rem }
        svg { width: 100%; height: auto } .legend svg { width: 24px; height: 8px }
        .legend span { margin-right: 1.2rem; white-space: nowrap }
        """;

    /// <param name="body">HTML.</param>
    public static string Write(string title, string body) => $"""
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><title>{Text(title)}</title>
        <meta name="viewport" content="width=device-width">
        <style>
        {Style}
        </style></head><body>
        <h1>{Text(title)}</h1>
        {body}</body></html>

        """;

    /// <param name="head">Of each column: its name, and whether it is text, else a number.</param>
    /// <param name="rows">Cells, HTML.</param>
    public static string Table(
        IReadOnlyList<(string Name, bool IsText)> head, IEnumerable<IReadOnlyList<string>> rows)
    {
        var table = new StringBuilder("<div class=\"table\"><table>\n");
        WriteRow(table, "th", head, [.. head.Select(column => Text(column.Name))]);
        foreach (var row in rows) WriteRow(table, "td", head, row);
        return table.Append("</table></div>\n").ToString();
    }

    public static string Text(string text) => WebUtility.HtmlEncode(text);

    private static void WriteRow(
        StringBuilder table, string tag, IReadOnlyList<(string Name, bool IsText)> head, IReadOnlyList<string> cells)
    {
        table.Append("<tr>");
        for (int i = 0; i < cells.Count; i++)
        {
            table.Append(CultureInfo.InvariantCulture,
                $"<{tag}{(head[i].IsText ? " class=\"text\"" : "")}>{cells[i]}</{tag}>");
        }
        table.Append("</tr>\n");
    }
}
