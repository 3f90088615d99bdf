using System.Net.Sockets;
using ClusterGd.Core.Options;

namespace ClusterGd.Cluster;

/// <summary>
/// A bug: part of a run failed in a way that no fault outside the program explains. It would fail the same way on any
/// node, so the run ends everywhere.
/// </summary>
/// <param name="message">One sentence with the node, the step, the part and the failure.</param>
/// <param name="trace">The failure with its stack trace, as the node where it happened saw it.</param>
public sealed class RoleFailedException(string message, string trace) : Exception(message)
{
    public string Trace => trace;

    /// <summary>For logs.</summary>
    public override string ToString() => $"{Message}\n{trace}";

    /// <summary>
    /// Whether a failure is of the machine that it happened on, its disk, memory or network, and need not happen on
    /// another.
    /// </summary>
    public static bool IsOfMachine(Exception failure) => failure.GetBaseException() is
        IOException or UnauthorizedAccessException or OutOfMemoryException or InputException or SocketException or
            TimeoutException or OperationCanceledException;
}
