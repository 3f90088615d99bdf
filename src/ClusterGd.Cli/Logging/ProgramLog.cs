using System.CommandLine;
using ClusterGd.Cluster.Logging;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace ClusterGd.Cli.Logging;

/// <summary>
/// The one log of this process, to standard error. What is shown of a run is no log, and does not depend on it.
/// </summary>
internal static class ProgramLog
{
    /// <summary>A log that nobody reads holds up nothing: further lines are dropped, and their number told.</summary>
    private const int LinesWaitingMax = 10_000;

    private static readonly LogSource s_source = new();

    public static LogSettings Settings { get; private set; } = LogSettings.None;

    /// <summary>Of nothing while the level is none.</summary>
    public static ILoggerFactory Loggers { get; private set; } = NullLoggerFactory.Instance;

    /// <summary>Who is told by each line to have written it: the verb, and of a node its address.</summary>
    public static string Source { set => s_source.Name = value; }

    public static void Open(ParseResult parse)
    {
        Settings = LogOptions.Of(parse);
        Source = parse.CommandResult.Command.Name;
        if (!Settings.IsOn) return;
        Loggers = LoggerFactory.Create(builder =>
        {
            builder.Services.AddSingleton(s_source);
            builder.SetMinimumLevel(Settings.Level).AddConsole(console =>
            {
                console.LogToStandardErrorThreshold = LogLevel.Trace;
                console.FormatterName = Settings.IsJson ? JsonLogFormatter.Id : TextLogFormatter.Id;
                (console.MaxQueueLength, console.QueueFullMode) =
                    (LinesWaitingMax, ConsoleLoggerQueueFullMode.DropWrite);
            });
            builder.AddConsoleFormatter<TextLogFormatter, ConsoleFormatterOptions>();
            builder.AddConsoleFormatter<JsonLogFormatter, ConsoleFormatterOptions>();
        });
    }

    /// <summary>What goes wrong with files is logged, and told on the screen.</summary>
    public static ILogger Shown(Action<string> show) =>
        new ShownWarnings(Loggers.CreateLogger(StorageLog.Category), show);

    /// <summary>Writes what waits. Nothing is logged any more.</summary>
    public static void Close()
    {
        var loggers = Loggers;
        Loggers = NullLoggerFactory.Instance;
        loggers.Dispose();
    }
}
