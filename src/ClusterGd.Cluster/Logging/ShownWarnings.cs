using Microsoft.Extensions.Logging;

namespace ClusterGd.Cluster.Logging;

/// <summary>
/// A log whose warnings a person is shown as well, whatever the log's level: those of trouble that somebody who follows
/// a run has to know of. Errors have sentences of their own. Thread-safe if both are.
/// </summary>
/// <param name="show">Given each warning, in a sentence.</param>
public sealed class ShownWarnings(ILogger log, Action<string> show) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => log.BeginScope(state);

    public bool IsEnabled(LogLevel level) => level == LogLevel.Warning || log.IsEnabled(level);

    public void Log<TState>(
        LogLevel level, EventId id, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (level == LogLevel.Warning) show(formatter(state, exception));
        log.Log(level, id, state, exception, formatter);
    }
}
