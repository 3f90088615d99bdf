using Microsoft.Extensions.Logging;

namespace ClusterGd.Tests;

/// <summary>A log as a list of its messages. Thread-safe if nobody reads the list meanwhile.</summary>
public sealed class ListLog(List<string> messages) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel level) => true;

    public void Log<TState>(
        LogLevel level, EventId id, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (messages) messages.Add(formatter(state, exception));
    }
}
