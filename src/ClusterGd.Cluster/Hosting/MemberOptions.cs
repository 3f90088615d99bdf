using ClusterGd.Cluster.Faults;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClusterGd.Cluster.Hosting;

/// <summary>How an actor system takes part in a cluster.</summary>
public sealed record MemberOptions
{
    /// <summary>The address or name by which others reach it. Default loopback.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>Akka's port; 0 for any free one.</summary>
    public int Port { get; init; }

    /// <summary>Whether to listen on loopback alone, else on every address of the machine. Default true.</summary>
    public bool IsLocal { get; init; } = true;

    public string Role { get; init; } = Roles.Node;

    /// <summary>Compute threads; ≥ 1.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Whether other processes take part: then a silent member is found and removed in seconds.</summary>
    public bool HasOtherProcesses { get; init; }

    /// <summary>What its control messages suffer on purpose; null, by default, for nothing.</summary>
    public LiveFaults? Faults { get; init; }

    /// <summary>What the member and its actor system log to. Default none.</summary>
    public ILoggerFactory Loggers { get; init; } = NullLoggerFactory.Instance;
}
