using ClusterGd.Core.Options;

namespace ClusterGd.Data.Input;

/// <summary>The content of a compressed file; what its library throws at damaged bytes becomes one sentence.</summary>
/// <param name="name">Of the compression.</param>
internal sealed class UnpackedInput(string path, string name, Stream content) : ReadOnlyStream
{
    private long _total;

    public override int Read(Span<byte> destination)
    {
        try
        {
            int count = content.Read(destination);
            _total += count;
            return count;
        }
        // The libraries throw what their parts throw where bytes are damaged. A disk that fails is no damage.
        catch (Exception e) when (e is EndOfStreamException or not (IOException or InputException))
        {
            throw Damaged(path, name, _total);
        }
    }

    public static InputException Damaged(string path, string name, long unpacked) => new(
        $"{path}: the {name} data is damaged or cut off (about {Sizes.Text(unpacked)} bytes could be unpacked): copy " +
        "or download the file again.");

    protected override void Dispose(bool disposing)
    {
        if (disposing) content.Dispose();
        base.Dispose(disposing);
    }
}
