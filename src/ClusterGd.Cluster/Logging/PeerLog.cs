using ClusterGd.Cluster.Transport;
using ClusterGd.Data;
using Microsoft.Extensions.Logging;

namespace ClusterGd.Cluster.Logging;

/// <summary>
/// What a process tells of the tensor plane: event ids 3000 to 3099. An id never changes its meaning.
/// </summary>
internal static partial class PeerLog
{
    public const string Category = "ClusterGd.Peer";

    [LoggerMessage(3000, LogLevel.Warning, "{Address} was refused: {Reason}")]
    public static partial void StrangerRefused(this ILogger log, string address, string reason);

    [LoggerMessage(3001, LogLevel.Warning, "a connection with {Address} was refused: {Reason}")]
    public static partial void PeerRefused(this ILogger log, string address, string reason);

    [LoggerMessage(3002, LogLevel.Warning, "bytes of kind {Kind} cannot be read and are dropped: {Reason}")]
    public static partial void BytesDropped(this ILogger log, FrameKind kind, string reason);

    [LoggerMessage(3003, LogLevel.Warning, "rows cannot be sent to {Address}: {Reason}")]
    public static partial void RowsNotSent(this ILogger log, string address, string reason);

    [LoggerMessage(3004, LogLevel.Warning, "the {Shard} came damaged ({Reason}) and is fetched again")]
    public static partial void ShardDamaged(this ILogger log, ShardKey shard, string reason);

    [LoggerMessage(3005, LogLevel.Debug, "connection with {Address} of {Member} is up")]
    public static partial void PeerUp(this ILogger log, string address, string member);

    [LoggerMessage(3006, LogLevel.Debug, "connection with {Address} of {Member} is down: {Reason}")]
    public static partial void PeerDown(this ILogger log, string address, string member, string reason);
}
