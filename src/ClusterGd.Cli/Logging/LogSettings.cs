using Microsoft.Extensions.Logging;

namespace ClusterGd.Cli.Logging;

/// <summary>What a process logs, and how.</summary>
/// <param name="Words">The same for the command line of a child.</param>
internal sealed record LogSettings(LogLevel Level, bool IsJson, string[] Words)
{
    public static readonly LogSettings None = new(LogLevel.None, false, LogOptions.WordsFor("none", "text"));

    public bool IsOn => Level != LogLevel.None;
}
