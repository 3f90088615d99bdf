namespace ClusterGd.Data.Input;

/// <summary>
/// Text whose fields are separated by runs of spaces and tabs, as text with one tab between two fields: blanks at the
/// ends of a line go, quoted fields stay as they are.
/// </summary>
internal sealed class BlanksReader(TextReader text) : TextReader
{
    private readonly char[] _input = new char[16 * 1024];
    private int _next, _count;
    private char _last = '\n';
    private bool _isInField, _isQuoted, _isPending;

    public override int Read(char[] buffer, int index, int count) => Read(buffer.AsSpan(index, count));

    public override int Read(Span<char> buffer)
    {
        int written = 0;
        while (written < buffer.Length && (_next < _count || Refill()))
        {
            char c = _input[_next];
            if (c is ' ' or '\t' && !_isQuoted)
            {
                _isPending = _isInField;
                _last = c;
                _next++;
                continue;
            }
            bool isEnd = c is '\n' or '\r' && !_isQuoted;
            if (_isPending)
            {
                _isPending = _isInField = false;
                if (!isEnd)
                {
                    buffer[written++] = '\t';
                    continue;
                }
            }
            // A quote opens a field at its beginning, and again right after one that closed: "" is a quote.
            if (c == '"') _isQuoted = !_isQuoted && (!_isInField || _last == '"');
            _isInField = !isEnd;
            buffer[written++] = _last = c;
            _next++;
        }
        return written;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) text.Dispose();
        base.Dispose(disposing);
    }

    private bool Refill()
    {
        _count = text.Read(_input, 0, _input.Length);
        _next = 0;
        return _count > 0;
    }
}
