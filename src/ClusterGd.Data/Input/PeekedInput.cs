namespace ClusterGd.Data.Input;

/// <summary>A stream whose first bytes were read to look at them, and are given out first.</summary>
internal sealed class PeekedInput : ReadOnlyStream
{
    private readonly Stream _rest;
    private readonly byte[] _head;
    private int _position;

    public PeekedInput(Stream stream, int length)
    {
        _rest = stream;
        var head = new byte[length];
        _head = head[..stream.ReadAtLeast(head, length, throwOnEndOfStream: false)];
    }

    public ReadOnlySpan<byte> Head => _head;

    public override int Read(Span<byte> destination)
    {
        if (_position == _head.Length) return _rest.Read(destination);
        int count = Math.Min(destination.Length, _head.Length - _position);
        _head.AsSpan(_position, count).CopyTo(destination);
        _position += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _rest.Dispose();
        base.Dispose(disposing);
    }
}
