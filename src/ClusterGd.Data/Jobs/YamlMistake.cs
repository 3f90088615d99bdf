namespace ClusterGd.Data.Jobs;

/// <summary>
/// Finds the place of a mistake in a text that is no YAML. The parser says where it could not go on, which may be lines
/// away from what is wrong.
/// </summary>
internal static class YamlMistake
{
    private const string Escapes = "0abtnvfre \"/\\N_LPxuU\t\r\n";

    /// <param name="line">From 1, where the parser gave up; as <paramref name="column"/>.</param>
    /// <param name="message">What the parser says.</param>
    /// <returns>Line and column from 1, and a clause; null where the parser's own are the best there are.</returns>
    public static (int Line, int Column, string Clause)? Find(string text, int line, int column, string message)
    {
        string[] lines = text.Split('\n');
        int at = Math.Clamp(line - 1, 0, lines.Length - 1);
        if (message.Contains("tab", StringComparison.Ordinal) && TabFrom(lines, at) is { } tab) return tab;
        if (ControlIn(lines, at) is { } control) return control;
        if (message.Contains("escape", StringComparison.Ordinal) && EscapeFrom(lines, at, column) is { } escape)
        {
            return escape;
        }
        if (message.Contains("quoted scalar", StringComparison.Ordinal))
        {
            return (line, column, "this quote is not closed; close it, or remove it");
        }
        return BracketBefore(lines, at) ?? OfLine(lines, at, column);
    }

    private static (int, int, string)? TabFrom(string[] lines, int from)
    {
        for (int i = from; i < lines.Length; i++)
        {
            int tab = lines[i].IndexOf('\t');
            if (tab >= 0 && lines[i].AsSpan(0, tab).Trim(' ').IsEmpty)
            {
                return (i + 1, tab + 1, "a tab indents this line, allowed are blanks; replace it by blanks");
            }
        }
        return null;
    }

    private static (int, int, string)? ControlIn(string[] lines, int at)
    {
        for (int i = 0; i <= at; i++)
        {
            int found = lines[i].AsSpan().IndexOfAnyInRange('\0', '\u0008');
            if (found >= 0) return (i + 1, found + 1, "a control character stands here; remove it");
        }
        return null;
    }

    private static (int, int, string)? EscapeFrom(string[] lines, int from, int column)
    {
        for (int i = from; i < lines.Length; i++)
        {
            for (int k = i == from ? column : 0; k + 1 < lines[i].Length; k++)
            {
                if (lines[i][k] != '\\') continue;
                if (!Escapes.Contains(lines[i][++k], StringComparison.Ordinal))
                {
                    return (i + 1, k, $"'\\{lines[i][k]}' is no escape; write '\\\\' for one backslash");
                }
            }
        }
        return null;
    }

    /// <summary>A bracket that is still open where the next line of its mapping or list begins.</summary>
    private static (int, int, string)? BracketBefore(string[] lines, int at)
    {
        var open = new Stack<(char Bracket, int Line, int Column)>();
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].TrimEnd('\r');
            bool isNext = open.TryPeek(out var innermost) && IsEntry(line)
                && Indent(line) <= Indent(lines[innermost.Line - 1]);
            if (isNext) return Unclosed(innermost);
            if (i > at && open.Count == 0) return null;
            Scan(line, i + 1, open);
        }
        return open.TryPeek(out var last) ? Unclosed(last) : null;
    }

    private static (int, int, string) Unclosed((char Bracket, int Line, int Column) open) => (open.Line, open.Column,
        $"this '{open.Bracket}' is not closed; add a '{(open.Bracket == '{' ? '}' : ']')}'");

    private static void Scan(string line, int number, Stack<(char, int, int)> open)
    {
        char quote = '\0';
        for (int k = 0; k < line.Length; k++)
        {
            char c = line[k];
            if (quote == '"' && c == '\\') k++;
            else if (quote != '\0') quote = c == quote ? '\0' : quote;
            else if (c is '"' or '\'' && (k == 0 || line[k - 1] is ' ' or '[' or '{' or ',')) quote = c;
            else if (c == '#' && (k == 0 || line[k - 1] == ' ')) return;
            else if (c is '{' or '[') open.Push((c, number, k + 1));
            else if (c is '}' or ']' && open.Count > 0) open.Pop();
        }
    }

    /// <summary>What is wrong with the line itself.</summary>
    private static (int, int, string)? OfLine(string[] lines, int at, int column)
    {
        string line = lines[at].TrimEnd('\r');
        int indent = Indent(line);
        var rest = line.AsSpan(Math.Min(indent, line.Length));
        if (column - 1 < line.Length && line[column - 1] == ':' && column - 1 > indent)
        {
            // The word before this colon is a key where none can be.
            int start = line.LastIndexOfAny([' ', ',', '{', '['], column - 2) + 1;
            bool isFirst = start == indent;
            return (at + 1, start + 1, isFirst
                ? $"a key cannot stand here: the line is indented by {indent}, and the line before it holds a value; " +
                    "indent it as the keys beside it"
                : "a key cannot stand here; put a comma or a new line before it, or quotes around a text with a ':'");
        }
        if (column != indent + 1) return null;
        if (rest.Length > 1 && rest[0] == '-' && rest[1] != ' ' && rest[1] != '-')
        {
            return (at + 1, column, "a blank is missing after the '-'; write '- ' before an entry of a list");
        }
        int colon = rest.IndexOf(':');
        if (colon < 0) return (at + 1, column, "a ':' is missing; write 'key: value'");
        if (colon + 1 < rest.Length && rest[colon + 1] is not (' ' or '\t'))
        {
            return (at + 1, column, "a blank is missing after the ':'; write 'key: value'");
        }
        return (at + 1, column,
            $"the line is indented by {indent}, unlike the lines it could belong to; indent it as the keys beside it");
    }

    private static bool IsEntry(string line)
    {
        var rest = line.AsSpan().TrimStart(' ');
        if (rest.StartsWith("- ", StringComparison.Ordinal)) return true;
        int colon = rest.IndexOf(':');
        return colon > 0 && rest[..colon].IndexOfAny(" ,{}[]\"'#") < 0
            && (colon + 1 == rest.Length || rest[colon + 1] is ' ' or '\t');
    }

    private static int Indent(string line) => line.Length - line.AsSpan().TrimStart(' ').Length;
}
