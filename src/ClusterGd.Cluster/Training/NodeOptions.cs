using ClusterGd.Cluster.Faults;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClusterGd.Cluster;

/// <summary>How a node process is reached and what it may use.</summary>
public sealed record NodeOptions
{
    /// <summary>The address or name by which others reach it.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>The control port; 0 for any free one.</summary>
    public int Port { get; init; }

    /// <summary>The port for tensors; 0 for any free one.</summary>
    public int DataPort { get; init; }

    /// <summary>Compute threads; 0 for one a core.</summary>
    public int Threads { get; init; }

    /// <summary>Where shards that were fetched are kept for the next run; null for nowhere.</summary>
    public string? CacheFolder { get; init; }

    /// <summary>What goes wrong on purpose; null, by default, for nothing.</summary>
    public LiveFaults? Faults { get; init; }

    /// <summary>Whether to listen on loopback alone.</summary>
    public bool IsLocal { get; init; }

    /// <summary>What the node and its actor system log to. Default none.</summary>
    public ILoggerFactory Loggers { get; init; } = NullLoggerFactory.Instance;
}
