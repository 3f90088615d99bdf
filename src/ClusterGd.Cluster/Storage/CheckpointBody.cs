namespace ClusterGd.Cluster.Storage;

/// <summary>
/// The body of a checkpoint on its way into a file: passes on whole blocks and keeps the checksum of each.
/// </summary>
internal sealed class CheckpointBody(Stream file)
{
    private readonly byte[] _block = new byte[CheckpointFrame.BlockBytes];
    private readonly List<ulong> _checksums = [];
    private int _length;

    /// <summary>Bytes so far.</summary>
    public long Bytes { get; private set; }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        Bytes += bytes.Length;
        while (!bytes.IsEmpty)
        {
            int count = Math.Min(bytes.Length, _block.Length - _length);
            bytes[..count].CopyTo(_block.AsSpan(_length));
            _length += count;
            bytes = bytes[count..];
            if (_length == _block.Length) Flush();
        }
    }

    /// <summary>Writes what is left; the checksums of all blocks.</summary>
    public ulong[] Finish()
    {
        if (_length > 0) Flush();
        return [.. _checksums];
    }

    private void Flush()
    {
        var block = _block.AsSpan(0, _length);
        _checksums.Add(CheckpointFrame.Checksum(block, _checksums.Count));
        file.Write(block);
        _length = 0;
    }
}
