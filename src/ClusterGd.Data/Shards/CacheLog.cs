using Microsoft.Extensions.Logging;

namespace ClusterGd.Data;

/// <summary>What the cache of shards tells: event ids 5000 to 5099. An id never changes its meaning.</summary>
public static partial class CacheLog
{
    public const string Category = "ClusterGd.Cache";

    [LoggerMessage(5000, LogLevel.Warning, "{Path} is damaged and is removed from the cache: {Reason}.")]
    internal static partial void CacheFileDamaged(this ILogger log, string path, string reason);

    [LoggerMessage(5001, LogLevel.Warning, "{Path} cannot be read, so the shard is fetched: {Reason}")]
    internal static partial void CacheFileUnreadable(this ILogger log, string path, string reason);

    [LoggerMessage(5002, LogLevel.Warning,
        "{Path} cannot keep shards, so they stay in memory and the next run fetches them again: {Reason}")]
    internal static partial void CacheOff(this ILogger log, string path, string reason);
}
