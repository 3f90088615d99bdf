using System.Diagnostics;
using ClusterGd.Core.Faults;

namespace ClusterGd.Cluster.Faults;

/// <summary>
/// What goes wrong on purpose with the disk that checkpoints go to, in the process that writes them. Thread-safe.
/// </summary>
public sealed class DiskFaults
{
    private readonly Lock _lock = new();
    private readonly List<Fault> _lasting = [];
    private long _struckCount;

    /// <summary>Writes and flushes that failed or were slowed so far.</summary>
    public long StruckCount => Interlocked.Read(ref _struckCount);

    public void Begin(Fault fault)
    {
        lock (_lock) _lasting.Add(fault);
    }

    public void End(Fault fault)
    {
        lock (_lock) _lasting.Remove(fault);
    }

    /// <summary>Before anything is written.</summary>
    /// <exception cref="IOException">The disk is full.</exception>
    internal void Write(string path)
    {
        if (Find(FaultKind.DiskFull) is not null) throw Fail($"No space left on device : '{path}'");
    }

    /// <summary>Before a file or folder is flushed.</summary>
    /// <exception cref="IOException">The flush fails.</exception>
    internal void Flush(string path)
    {
        if (Find(FaultKind.FsyncError) is not null)
        {
            throw Fail($"{path} cannot be written to the disk (fsync): Input/output error");
        }
    }

    /// <summary>After something that began at a timestamp: waits until it has taken so many times as long.</summary>
    internal void Slow(long begin)
    {
        if (Find(FaultKind.SlowDisk) is not { } slow) return;
        Interlocked.Increment(ref _struckCount);
        Thread.Sleep(Stopwatch.GetElapsedTime(begin) * (slow.Factor - 1));
    }

    private IOException Fail(string message)
    {
        Interlocked.Increment(ref _struckCount);
        return new IOException(message);
    }

    private Fault? Find(FaultKind kind)
    {
        lock (_lock) return _lasting.Find(fault => fault.Kind == kind);
    }
}
