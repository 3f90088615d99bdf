namespace ClusterGd.Data;

/// <summary>
/// Counts what is read of files of rows while they are loaded, for a person who waits. It counts for the thread that
/// began it and for those that this one starts, until it is disposed. Its numbers may be asked by any thread.
/// </summary>
public sealed class ReadMeter : IDisposable
{
    private static readonly AsyncLocal<ReadMeter?> s_current = new();
    private long _read, _total;
    private volatile string _path = "";

    private ReadMeter() { }

    /// <summary>Bytes read, as they lie on the disk: compressed ones where a file is compressed.</summary>
    public long BytesRead => Interlocked.Read(ref _read);

    /// <summary>Bytes of all files that have been opened.</summary>
    public long BytesTotal => Interlocked.Read(ref _total);

    /// <summary>The file opened last; empty before the first.</summary>
    public string Path => _path;

    internal static ReadMeter? Current => s_current.Value;

    public static ReadMeter Begin() => s_current.Value = new ReadMeter();

    public void Dispose() => s_current.Value = null;

    internal void Opened(string path, long bytes)
    {
        _path = path;
        Interlocked.Add(ref _total, bytes);
    }

    internal void Read(int bytes) => Interlocked.Add(ref _read, bytes);
}
