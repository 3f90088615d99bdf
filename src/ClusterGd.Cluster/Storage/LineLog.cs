namespace ClusterGd.Cluster.Storage;

/// <summary>
/// A file of lines that grows while a run goes on. Lines that the disk does not take are kept, and written in their
/// order once it takes them; a part of a line that it took is cut off again. One owner, and one other thread that
/// flushes, which may stand still at any call of the disk.
/// </summary>
/// <param name="path">Where the file is now; may throw an <see cref="IOException"/>: its folder is gone.</param>
/// <param name="waitingMax">Lines kept at most, beside those that are needed; the others are counted.</param>
internal sealed class LineLog(Func<string> path, int waitingMax = 10_000)
{
    private readonly Lock _lock = new();
    private readonly List<byte[]> _waiting = [];
    private long _length = -1;
    private int _restartCount;
    private bool _restarts, _isTorn;

    /// <summary>What completes lines on their way to the file; null for nothing.</summary>
    public LineChain? Chain { get; init; }

    /// <summary>Lines that could neither be written nor kept since the last that was written.</summary>
    public int DroppedCount { get; private set; }

    /// <summary>Lines that wait for the disk.</summary>
    public int WaitingCount
    {
        get { lock (_lock) return _waiting.Count; }
    }

    /// <summary>Whether the file was found shorter than it was left: somebody removed or cut it.</summary>
    public bool WasCut { get; private set; }

    /// <summary>The file is to have only what is added from now on.</summary>
    public void Restart()
    {
        lock (_lock)
        {
            _waiting.Clear();
            _restartCount++;
            (_restarts, DroppedCount, WasCut) = (true, 0, false);
        }
    }

    /// <param name="line">With its line feed.</param>
    /// <param name="isNeeded">Whether it is kept however many there are.</param>
    public void Add(byte[] line, bool isNeeded)
    {
        lock (_lock)
        {
            if (!isNeeded && _waiting.Count >= waitingMax) DroppedCount++;
            else _waiting.Add(line);
        }
    }

    /// <summary>Writes what waits. Not to be called again before it returns.</summary>
    /// <returns>How many lines are lost for good, which is to be told behind those.</returns>
    /// <exception cref="IOException">The disk does not take it; all of it still waits.</exception>
    /// <exception cref="UnauthorizedAccessException">As above.</exception>
    public int Flush()
    {
        bool restarts;
        int restartCount, lineCount, lost;
        byte[] lines;
        ulong last;
        lock (_lock)
        {
            if (_waiting.Count == 0 && !_restarts) return 0;
            (restarts, restartCount, lineCount, lost) = (_restarts, _restartCount, _waiting.Count, DroppedCount);
            lines = Lines(out last);
        }
        using var file = new FileStream(path(), new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        });
        if (restarts) file.SetLength(0);
        long before = file.Length;
        bool wasCut = before < _length && !restarts;
        try
        {
            file.Position = before;
            // A part of a line that could not be cut off again ends here.
            if (_isTorn && before > 0) lines = [(byte)'\n', .. lines];
            file.Write(lines);
        }
        catch (IOException)
        {
            CutBack(file, before);
            throw;
        }
        _length = file.Length;
        _isTorn = false;
        lock (_lock)
        {
            // What was added or begun anew meanwhile still waits.
            if (restartCount != _restartCount) return 0;
            _waiting.RemoveRange(0, lineCount);
            if (Chain is not null) Chain.Last = last;
            _restarts = false;
            WasCut |= wasCut;
            DroppedCount -= lost;
        }
        return lost;
    }

    /// <summary>All that waits, as it goes into the file.</summary>
    public byte[] Waiting()
    {
        lock (_lock) return Lines(out _);
    }

    private byte[] Lines(out ulong last)
    {
        using var block = new MemoryStream();
        last = Chain?.Last ?? 0;
        foreach (byte[] line in _waiting) block.Write(Chain is null ? line : LineChain.Complete(line, ref last));
        return block.ToArray();
    }

    private void CutBack(FileStream file, long length)
    {
        try
        {
            file.SetLength(length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _isTorn = true;
        }
    }
}
