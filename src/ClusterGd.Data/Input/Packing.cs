using System.Collections.Immutable;
using ICSharpCode.SharpZipLib.BZip2;
using ZstdSharp;

namespace ClusterGd.Data.Input;

/// <summary>
/// What the first bytes of a file show it to be: a compression that is read through, or another program's format that
/// is named with how to turn it into one that is read. Names of files do not count.
/// </summary>
/// <param name="Advice">What to do with such a file; null for a compression that is read.</param>
internal sealed record Packing(string Name, int Offset, ImmutableArray<byte> Magic, string? Advice)
{
    /// <summary>Bytes from the beginning that tell all of them apart.</summary>
    public const int HeadBytes = 512;

    private const string ToCsv = "save it as CSV or Parquet";

    private static readonly ImmutableArray<Packing> s_all =
    [
        new("gzip", 0, [0x1F, 0x8B], null),
        new("bzip2", 0, [.. "BZh"u8], null),
        new("zstd", 0, [0x28, 0xB5, 0x2F, 0xFD], null),
        new("xz", 0, [0xFD, .. "7zXZ"u8, 0], "unpack it (xz -dk FILE)"),
        new("lzip", 0, [.. "LZIP"u8, 1], "unpack it (lzip -dk FILE)"),
        new("LZ4", 0, [0x04, 0x22, 0x4D, 0x18], "unpack it (lz4 -d FILE)"),
        new("Unix compress (.Z)", 0, [0x1F, 0x9D], "unpack it (gzip -d FILE)"),
        new("LZMA", 0, [0x5D, 0, 0, 0x80, 0], "unpack it (xz -dk --format=lzma FILE)"),
        new("Snappy", 0, [0xFF, 6, 0, 0, .. "sNaPpY"u8], "unpack it (snzip -dk FILE)"),
        new("zip", 0, [.. "PK"u8, 3, 4],
            "unpack it (unzip FILE); a spreadsheet (.xlsx, .ods) is saved as CSV, NumPy's .npz as text"),
        new("zip", 0, [.. "PK"u8, 5, 6], "unpack it (unzip FILE)"),
        new("7-Zip", 0, [.. "7z"u8, 0xBC, 0xAF, 0x27, 0x1C], "unpack it (7z x FILE)"),
        new("RAR", 0, [.. "Rar!"u8, 0x1A, 7], "unpack it (unrar x FILE)"),
        new("tar", 257, [.. "ustar"u8], "unpack it (tar -xf FILE) and name the file of rows in it"),
        new("Excel (.xls)", 0, [0xD0, 0xCF, 0x11, 0xE0], ToCsv),
        new("HDF5", 0, [0x89, .. "HDF\r\n"u8], ToCsv),
        new("NumPy (.npy)", 0, [0x93, .. "NUMPY"u8], "save it as CSV (numpy.savetxt)"),
        new("Arrow", 0, [.. "ARROW1"u8], ToCsv),
        new("ORC", 0, [.. "ORC"u8, 0x11], ToCsv),
        new("Avro", 0, [.. "Obj"u8, 1], ToCsv),
        new("SQLite", 0, [.. "SQLite format 3"u8, 0], ToCsv),
        new("PDF", 0, [.. "%PDF-"u8], ToCsv),
        new("UTF-16 text", 0, [0xFF, 0xFE], "convert it (iconv -f UTF-16 -t UTF-8 FILE)"),
        new("UTF-16 text", 0, [0xFE, 0xFF], "convert it (iconv -f UTF-16 -t UTF-8 FILE)"),
    ];

    public static Packing? Of(ReadOnlySpan<byte> head)
    {
        foreach (var packing in s_all)
        {
            if (packing.IsAt(head)) return packing;
        }
        return null;
    }

    /// <summary>The content of a compressed file, refused where it is damaged or cut off.</summary>
    public Stream Unpack(string path, Stream packed) => Name switch
    {
        "gzip" => new GzipInput(path, packed),
        "bzip2" => new UnpackedInput(path, Name, new JoinedStreams(packed, p => new BZip2InputStream(p)
        {
            IsStreamOwner = false,
        })),
        _ => new UnpackedInput(path, Name, new DecompressionStream(packed, leaveOpen: false)),
    };

    private bool IsAt(ReadOnlySpan<byte> head)
    {
        if (head.Length < Offset || !head[Offset..].StartsWith(Magic.AsSpan())) return false;
        // Three letters may begin a text: of a bzip2 file the block size and the first block's mark follow them.
        return Name != "bzip2" || (head.Length >= 4 && head[3] is >= (byte)'1' and <= (byte)'9'
            && (head.Length < 10 || head[4..].StartsWith<byte>([0x31, 0x41, 0x59, 0x26, 0x53, 0x59])
                || head[4..].StartsWith<byte>([0x17, 0x72, 0x45, 0x38, 0x50, 0x90])));
    }

    /// <summary>Compressed streams one after the other, as parallel compressors write them.</summary>
    /// <param name="open">Must not read beyond the end of one stream.</param>
    private sealed class JoinedStreams(Stream packed, Func<Stream, Stream> open) : ReadOnlyStream
    {
        private readonly BufferedBytes _bytes = new(packed);
        private Stream? _current;

        public override int Read(Span<byte> destination)
        {
            while (!destination.IsEmpty)
            {
                _current ??= _bytes.IsAtEnd ? null : open(_bytes);
                if (_current is null) return 0;
                int count = _current.Read(destination);
                if (count > 0) return count;
                _current.Dispose();
                _current = null;
            }
            return 0;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) packed.Dispose();
            base.Dispose(disposing);
        }
    }

    /// <summary>A stream whose end can be seen before it is read.</summary>
    private sealed class BufferedBytes(Stream stream) : ReadOnlyStream
    {
        private readonly byte[] _buffer = new byte[64 * 1024];
        private int _first, _end;

        public bool IsAtEnd
        {
            get
            {
                if (_first == _end) (_first, _end) = (0, stream.Read(_buffer, 0, _buffer.Length));
                return _end == 0;
            }
        }

        public override int Read(Span<byte> destination)
        {
            if (destination.IsEmpty || IsAtEnd) return 0;
            int count = Math.Min(destination.Length, _end - _first);
            _buffer.AsSpan(_first, count).CopyTo(destination);
            _first += count;
            return count;
        }

        public override int ReadByte() => IsAtEnd ? -1 : _buffer[_first++];
    }
}
