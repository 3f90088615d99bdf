using Microsoft.Extensions.Logging;

namespace ClusterGd.Cli.Logging;

/// <summary>What the program itself tells: event ids 6000 to 6099. An id never changes its meaning.</summary>
internal static partial class CliLog
{
    public const string Category = "ClusterGd.Program";

    [LoggerMessage(6000, LogLevel.Error, "the program failed")]
    public static partial void ProgramFailed(this ILogger log, Exception failure);

    [LoggerMessage(6001, LogLevel.Warning, "the node process {Address} has ended with code {Code}")]
    public static partial void NodeProcessEnded(this ILogger log, string address, int code);
}
