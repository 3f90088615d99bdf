using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace ClusterGd.Cli.Logging;

/// <summary>
/// For people: time, level, process, category, event id and message. Each line of a message or of a trace begins in the
/// same way, so that lines of several processes can be mixed and searched.
/// </summary>
internal sealed class TextLogFormatter(LogSource source) : ConsoleFormatter(Id)
{
    public const string Id = "clustergd-text";

    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes, TextWriter to)
    {
        string start = $"{LogLine.Now} {Word(entry.LogLevel)} {source.Name} {entry.Category}[{entry.EventId.Id}]";
        WriteLines(to, start, entry.Formatter(entry.State, entry.Exception));
        if (entry.Exception is { } exception) WriteLines(to, start, exception.ToString());
    }

    private static void WriteLines(TextWriter to, string start, string text)
    {
        foreach (var line in text.AsSpan().TrimEnd().EnumerateLines())
        {
            to.Write(start);
            to.Write(' ');
            to.Write(line);
            to.Write('\n');
        }
    }

    private static string Word(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info ",
        LogLevel.Warning => "warn ",
        _ => "error",
    };
}
