using System.IO.Compression;
using ClusterGd.Core.Options;

namespace ClusterGd.Data.Input;

/// <summary>
/// Decompresses a gzip file and notices when it has been cut off, which <see cref="GZipStream"/> takes for its end
/// (.NET 10.0.12). A small compressed member with a known content is appended to the input: only a file whose last
/// member is whole lets it come out, as the last bytes of the output, which are kept back.
/// </summary>
internal sealed class GzipInput : ReadOnlyStream
{
    private static readonly byte[] s_mark = "<clustergd: here the gzip file ends, whole>"u8.ToArray();
    private static readonly byte[] s_markMember = Compress(s_mark);

    private readonly string _path;
    private readonly GZipStream _unzipped;
    private readonly byte[] _buffer = new byte[128 * 1024];
    private int _first, _end;
    private bool _isAtEnd;
    private long _total;

    public GzipInput(string path, Stream compressed)
    {
        _path = path;
        _unzipped = new GZipStream(new Appended(compressed, s_markMember), CompressionMode.Decompress);
    }

    public override int Read(Span<byte> destination)
    {
        if (destination.IsEmpty) return 0;
        while (_end - _first <= s_mark.Length)
        {
            if (_isAtEnd) return Finish();
            Refill();
        }
        int count = Math.Min(destination.Length, _end - _first - s_mark.Length);
        _buffer.AsSpan(_first, count).CopyTo(destination);
        _first += count;
        _total += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _unzipped.Dispose();
        base.Dispose(disposing);
    }

    private static byte[] Compress(byte[] content)
    {
        var member = new MemoryStream();
        using (var zip = new GZipStream(member, CompressionLevel.Optimal)) zip.Write(content);
        return member.ToArray();
    }

    private void Refill()
    {
        _buffer.AsSpan(_first, _end - _first).CopyTo(_buffer);
        _end -= _first;
        _first = 0;
        try
        {
            int count = _unzipped.Read(_buffer, _end, _buffer.Length - _end);
            _end += count;
            _isAtEnd = count == 0;
        }
        catch (InvalidDataException)
        {
            throw Damaged();
        }
    }

    private int Finish() => _buffer.AsSpan(_first, _end - _first).SequenceEqual(s_mark) ? 0 : throw Damaged();

    private InputException Damaged() => UnpackedInput.Damaged(_path, "gzip", _total);

    /// <summary>A stream followed by some bytes.</summary>
    private sealed class Appended(Stream first, byte[] then) : ReadOnlyStream
    {
        private int _position = -1;

        public override int Read(Span<byte> destination)
        {
            if (_position < 0)
            {
                int read = first.Read(destination);
                if (read > 0 || destination.IsEmpty) return read;
                _position = 0;
            }
            int count = Math.Min(destination.Length, then.Length - _position);
            then.AsSpan(_position, count).CopyTo(destination);
            _position += count;
            return count;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) first.Dispose();
            base.Dispose(disposing);
        }
    }
}
