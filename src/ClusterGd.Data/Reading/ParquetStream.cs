using System.Runtime.CompilerServices;

namespace ClusterGd.Data.Reading;

/// <summary>
/// The bytes of a Parquet file for its library, which takes the end of a stream for one more byte and asks again for
/// ever: to read behind the end is an error here. So is to read where the calls are nested too deeply.
/// </summary>
/// <param name="content">Owned. It can seek.</param>
internal sealed class ParquetStream(Stream content) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => content.Length;

    public override long Position
    {
        get => content.Position;
        set => content.Position = value;
    }

    public override int Read(Span<byte> buffer)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        int count = content.Read(buffer);
        return count > 0 || buffer.IsEmpty ? count : throw Ended();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int ReadByte()
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        int value = content.ReadByte();
        return value >= 0 ? value : throw Ended();
    }

    // Not left to another thread, as the base class would: the caller waits.
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        new(Read(buffer.Span));

    public override Task<int> ReadAsync(
        byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        Task.FromResult(Read(buffer, offset, count));

    public override long Seek(long offset, SeekOrigin origin) => content.Seek(offset, origin);

    public override void Flush() { }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) content.Dispose();
        base.Dispose(disposing);
    }

    private static EndOfStreamException Ended() => new("it ends in the midst of a value");
}
