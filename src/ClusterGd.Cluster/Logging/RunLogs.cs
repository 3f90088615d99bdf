using Microsoft.Extensions.Logging;

namespace ClusterGd.Cluster.Logging;

/// <summary>The logs of a process that takes part in runs.</summary>
/// <param name="Run">Of the runs themselves.</param>
/// <param name="Peer">Of the tensor plane.</param>
internal sealed record RunLogs(ILogger Run, ILogger Peer)
{
    public static RunLogs Of(ILoggerFactory loggers) =>
        new(loggers.CreateLogger(RunLog.Category), loggers.CreateLogger(PeerLog.Category));
}
