using ClusterGd.Core.Options;

namespace ClusterGd.Data.Input;

/// <summary>Lines of a stream as bytes, without a copy or a string each. Lines end with LF or CR LF.</summary>
internal sealed class LineReader(string path, Stream stream)
{
    private byte[] _buffer = new byte[256 * 1024];
    private int _first, _end;
    private bool _isAtEnd;

    /// <summary>1-based number of the line read last.</summary>
    public long Line { get; private set; }

    /// <summary>The next line without its end, valid until the next call; false at the end of the stream.</summary>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        int scanned = 0;
        while (true)
        {
            int length = _buffer.AsSpan(_first + scanned, _end - _first - scanned).IndexOf((byte)'\n');
            if (length >= 0)
            {
                line = Trim(_buffer.AsSpan(_first, scanned + length));
                _first += scanned + length + 1;
                Line++;
                return true;
            }
            scanned = _end - _first;
            if (_isAtEnd)
            {
                line = Trim(_buffer.AsSpan(_first, scanned));
                _first = _end;
                if (scanned > 0) Line++;
                return scanned > 0;
            }
            Refill();
        }
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> line) =>
        line.Length > 0 && line[^1] == (byte)'\r' ? line[..^1] : line;

    private void Refill()
    {
        _buffer.AsSpan(_first, _end - _first).CopyTo(_buffer);
        _end -= _first;
        _first = 0;
        if (_end == _buffer.Length)
        {
            if (_buffer.Length >= Sizes.LineLengthMax)
            {
                throw new InputException(
                    $"{path}:{Line + 1}: the line is longer than {Sizes.Text(Sizes.LineLengthMax)} bytes: it is no " +
                    "text file of one row a line.");
            }
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }
        int count = stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += count;
        _isAtEnd = count == 0;
    }
}
