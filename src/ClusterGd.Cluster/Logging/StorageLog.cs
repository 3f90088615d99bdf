using Microsoft.Extensions.Logging;

namespace ClusterGd.Cluster.Logging;

/// <summary>
/// What a process tells of checkpoints and the run folder: event ids 4000 to 4099. An id never changes its meaning.
/// </summary>
public static partial class StorageLog
{
    public const string Category = "ClusterGd.Storage";

    [LoggerMessage(4000, LogLevel.Information, "the checkpoint of step {Step} is written")]
    internal static partial void CheckpointSaved(this ILogger log, long step);

    [LoggerMessage(4001, LogLevel.Warning, "the checkpoint of step {Step} is not saved: {Reason} Training goes on; " +
        "those before it are kept, and the next one is tried.")]
    internal static partial void CheckpointNotSaved(this ILogger log, long step, string reason);

    [LoggerMessage(4002, LogLevel.Warning, "checkpoints are written again, now that of step {Step}")]
    internal static partial void CheckpointsAgain(this ILogger log, long step);

    [LoggerMessage(4003, LogLevel.Warning, "a checkpoint has been on its way to the disk for {Seconds:F0} s; " +
        "training goes on, and meanwhile no other is saved")]
    internal static partial void CheckpointSlow(this ILogger log, double seconds);

    [LoggerMessage(4004, LogLevel.Warning,
        "a checkpoint could not be written in {Seconds:F0} s; those before it are kept")]
    internal static partial void CheckpointUnfinished(this ILogger log, double seconds);

    [LoggerMessage(4010, LogLevel.Warning, "{Path} cannot be written: {Reason}. Training goes on; what is missing is " +
        "kept in memory and written once that works.")]
    internal static partial void RecordNotWritten(this ILogger log, string path, string reason);

    [LoggerMessage(4011, LogLevel.Warning, "{Path} is written again; {Missing}.")]
    internal static partial void RecordWrittenAgain(this ILogger log, string path, string missing);

    [LoggerMessage(4012, LogLevel.Warning, "The run folder was moved to {Path}; the run goes on there.")]
    internal static partial void RecordMoved(this ILogger log, string path);

    [LoggerMessage(4013, LogLevel.Warning, "Another program removed or cut a file of {Path} while the run wrote it: " +
        "metrics and order are written again at the end, earlier events are lost.")]
    internal static partial void RecordCut(this ILogger log, string path);

    [LoggerMessage(4014, LogLevel.Warning,
        "{Path} lacks {Count} lines of metrics, events and order, which could not be written.")]
    internal static partial void RecordIncomplete(this ILogger log, string path, int count);

    [LoggerMessage(4015, LogLevel.Warning, "{Line}")]
    internal static partial void EventLineDamaged(this ILogger log, string line);

    [LoggerMessage(4020, LogLevel.Warning, "The model can be written nowhere: {Reasons} It is tried again for " +
        "{Seconds:F0} s: make room.")]
    internal static partial void ModelNowhere(this ILogger log, string reasons, double seconds);

    [LoggerMessage(4021, LogLevel.Warning, "The model cannot be kept in the run folder. {Reason} It is in {Path}, " +
        "with the job and the metrics.")]
    internal static partial void ModelElsewhere(this ILogger log, string reason, string path);
}
