namespace ClusterGd.Cluster.Storage;

/// <summary>
/// A file of lines that grows while a run goes on. Lines that the disk does not take are kept, and written in their
/// order once it takes them; a part of a line that it took is cut off again. One owner.
/// </summary>
/// <param name="path">Where the file is now; may throw an <see cref="IOException"/>: its folder is gone.</param>
/// <param name="waitingMax">Lines kept at most, beside those that are needed; the others are counted.</param>
internal sealed class LineLog(Func<string> path, int waitingMax = 10_000)
{
    private readonly List<byte[]> _waiting = [];
    private long _length = -1;
    private bool _restarts, _isTorn;

    /// <summary>What completes lines on their way to the file, given all that are written at once.</summary>
    public ILineSeal? Seal { get; init; }

    /// <summary>Lines that could neither be written nor kept since the last that was written.</summary>
    public int DroppedCount { get; private set; }

    /// <summary>Lines that wait for the disk.</summary>
    public int WaitingCount => _waiting.Count;

    /// <summary>Whether the file was found shorter than it was left: somebody removed or cut it.</summary>
    public bool WasCut { get; private set; }

    /// <summary>The file is to have only what is added from now on.</summary>
    public void Restart()
    {
        _waiting.Clear();
        (_restarts, DroppedCount, WasCut) = (true, 0, false);
    }

    /// <param name="line">With its line feed.</param>
    /// <param name="isNeeded">Whether it is kept however many there are.</param>
    public void Add(byte[] line, bool isNeeded)
    {
        if (!isNeeded && _waiting.Count >= waitingMax) DroppedCount++;
        else _waiting.Add(line);
    }

    /// <summary>Writes what waits.</summary>
    /// <returns>How many lines are lost for good, which is to be told behind those.</returns>
    /// <exception cref="IOException">The disk does not take it; all of it still waits.</exception>
    /// <exception cref="UnauthorizedAccessException">As above.</exception>
    public int Flush()
    {
        if (_waiting.Count == 0 && !_restarts) return 0;
        using var file = new FileStream(path(), new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        });
        if (_restarts) file.SetLength(0);
        else if (file.Length < _length) WasCut = true;
        long before = file.Length;
        using (var block = Block(before))
        {
            try
            {
                file.Position = before;
                file.Write(block.GetBuffer(), 0, (int)block.Length);
            }
            catch (IOException)
            {
                CutBack(file, before);
                throw;
            }
        }
        _length = file.Length;
        _waiting.Clear();
        Seal?.Keep();
        int lost = DroppedCount;
        (_restarts, _isTorn, DroppedCount) = (false, false, 0);
        return lost;
    }

    /// <summary>All that waits, as it goes into the file.</summary>
    public byte[] Waiting()
    {
        using var block = Block(0);
        return block.ToArray();
    }

    private MemoryStream Block(long before)
    {
        var block = new MemoryStream();
        // A part of a line that could not be cut off again ends here.
        if (_isTorn && before > 0) block.WriteByte((byte)'\n');
        Seal?.Begin();
        foreach (byte[] line in _waiting) block.Write(Seal?.Complete(line) ?? line);
        return block;
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

/// <summary>Completes each line of a log by what stands before it.</summary>
internal interface ILineSeal
{
    /// <summary>From the last line that is in the file on.</summary>
    void Begin();

    byte[] Complete(byte[] line);

    /// <summary>The lines since <see cref="Begin"/> are in the file.</summary>
    void Keep();
}
