namespace ClusterGd.Data.Input;

/// <summary>A file that is read from beginning to end, and tells a <see cref="ReadMeter"/> how far it is.</summary>
internal sealed class MeteredFile : FileStream
{
    private readonly ReadMeter _meter;

    public MeteredFile(string path, int bufferBytes, ReadMeter meter)
        : base(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferBytes)
    {
        _meter = meter;
        meter.Opened(path, Length);
    }

    public override int Read(Span<byte> buffer) => Count(base.Read(buffer));

    public override int Read(byte[] buffer, int offset, int count) => Count(base.Read(buffer, offset, count));

    public override async ValueTask<int> ReadAsync(
        Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Count(await base.ReadAsync(buffer, cancellationToken).ConfigureAwait(false));

    public override async Task<int> ReadAsync(
        byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        Count(await base.ReadAsync(buffer.AsMemory(offset, count), cancellationToken).ConfigureAwait(false));

    private int Count(int bytes)
    {
        _meter.Read(bytes);
        return bytes;
    }
}
