using Microsoft.Extensions.Logging;

namespace ClusterGd.Cluster.Logging;

/// <summary>
/// What a process tells of its place in the cluster: event ids 1000 to 1099. An id never changes its meaning.
/// </summary>
internal static partial class NodeLog
{
    public const string Category = "ClusterGd.Node";

    [LoggerMessage(1000, LogLevel.Information,
        "listens at {Address} for control messages and at port {DataPort} for tensors")]
    public static partial void Listens(this ILogger log, string address, int dataPort);

    [LoggerMessage(1001, LogLevel.Information, "joins by {Seeds}, for {Seconds} s at most")]
    public static partial void Joins(this ILogger log, string seeds, double seconds);

    [LoggerMessage(1002, LogLevel.Information, "joined the cluster")]
    public static partial void Joined(this ILogger log);

    [LoggerMessage(1003, LogLevel.Error,
        "no seed answered in {Seconds} s: {Seeds}; start a node there, or check address and port")]
    public static partial void NotJoined(this ILogger log, string seeds, double seconds);

    [LoggerMessage(1004, LogLevel.Warning, "looks for the nodes of its former cluster: {Seeds}")]
    public static partial void Rejoins(this ILogger log, string seeds);

    [LoggerMessage(1005, LogLevel.Information, "leaves: its shards and slices move to other nodes first")]
    public static partial void Leaves(this ILogger log);

    [LoggerMessage(1006, LogLevel.Warning,
        "leaves although its shards and slices have not moved in {Seconds} s; the other nodes go on without them")]
    public static partial void LeavesAtOnce(this ILogger log, double seconds);

    [LoggerMessage(1007, LogLevel.Information, "left the cluster")]
    public static partial void Left(this ILogger log);

    [LoggerMessage(1008, LogLevel.Warning,
        "the other nodes removed this one from the cluster: they could not reach it")]
    public static partial void Removed(this ILogger log);

    [LoggerMessage(1020, LogLevel.Information, "{Member} joined as a {Role}")]
    public static partial void MemberJoined(this ILogger log, string member, string role);

    [LoggerMessage(1021, LogLevel.Information, "{Member} is no member any more")]
    public static partial void MemberGone(this ILogger log, string member);

    [LoggerMessage(1022, LogLevel.Warning, "{Member} is silent: no heartbeat arrives")]
    public static partial void MemberSilent(this ILogger log, string member);

    [LoggerMessage(1023, LogLevel.Information, "{Member} is heard again")]
    public static partial void MemberHeard(this ILogger log, string member);

    [LoggerMessage(1024, LogLevel.Warning, "{Member} is dead: its process has ended")]
    public static partial void MemberDead(this ILogger log, string member);

    [LoggerMessage(1025, LogLevel.Warning, "{Member} is removed from the cluster")]
    public static partial void MemberRemoved(this ILogger log, string member);
}
