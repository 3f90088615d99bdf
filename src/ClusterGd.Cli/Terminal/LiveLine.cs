namespace ClusterGd.Cli.Terminal;

/// <summary>
/// One line of a terminal that is drawn again and again, and sentences that scroll past above it. It erases the row
/// that the cursor is on and no other: a terminal that has become narrower may have broken the line into several rows,
/// of which the upper ones then stay, since what stands above them is not ours. Any thread may use it.
/// </summary>
/// <param name="terminal">What the escape sequences go to.</param>
/// <param name="width">Columns of the terminal now.</param>
internal sealed class LiveLine(TextWriter terminal, Func<int> width)
{
    // Without automatic wrapping a line that is too long is cut by the terminal: it cannot spill into the next row.
    private const string EraseRow = "\r\e[K", WrapOff = "\e[?7l", WrapOn = "\e[?7h";
    private readonly Lock _lock = new();
    private string _text = "";

    /// <summary>Whether lines written there can be drawn again.</summary>
    public static bool IsPossible(bool isRedirected) => !isRedirected && !OperatingSystem.IsWindows()
        && Environment.GetEnvironmentVariable("TERM") is { Length: > 0 } terminal && terminal != "dumb";

    /// <summary>Columns of the terminal; 80 where it does not say.</summary>
    public static int TerminalWidth()
    {
        try
        {
            return Console.WindowWidth > 0 ? Console.WindowWidth : 80;
        }
        catch (IOException)
        {
            return 80;
        }
    }

    /// <summary>Draws what a text is for the width that the terminal has now.</summary>
    public void Draw(Func<int, string> text)
    {
        lock (_lock)
        {
            int columns = Math.Max(2, width());
            string drawn = text(columns);
            // The last column stays empty: a full row wraps on some terminals.
            _text = drawn.Length < columns ? drawn : drawn[..(columns - 1)];
            terminal.Write($"{EraseRow}{WrapOff}{_text}{WrapOn}");
            terminal.Flush();
        }
    }

    /// <summary>Writes a sentence that stays, above the line.</summary>
    public void Tell(string sentence)
    {
        lock (_lock)
        {
            terminal.Write($"{EraseRow}{sentence}\n");
            if (_text.Length > 0) terminal.Write($"{WrapOff}{_text}{WrapOn}");
            terminal.Flush();
        }
    }

    /// <summary>Erases the line; the cursor is where it was.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            if (_text.Length > 0) terminal.Write(EraseRow);
            _text = "";
            terminal.Flush();
        }
    }
}
