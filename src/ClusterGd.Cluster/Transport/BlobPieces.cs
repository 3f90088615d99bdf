using System.IO.Hashing;
using ClusterGd.Core.Kernels;

namespace ClusterGd.Cluster.Transport;

/// <summary>
/// Bytes of any length as frames of at most <see cref="PieceBytes"/>. Each has the place of its piece, the length of
/// the whole and its XXH3-64. Of a whole that is sent again, or by two at once, each piece counts once. Thread-safe.
/// </summary>
internal sealed class BlobPieces
{
    public const int PieceBytes = 16 << 20;

    /// <summary>Wholes that may be incomplete at once; beyond it the one that was begun first is forgotten.</summary>
    private const int BegunMax = 64;

    private readonly Lock _lock = new();
    private readonly List<Whole> _begun = [];

    private sealed class Whole(FrameHeader first)
    {
        public byte[] Bytes = [];
        public int Count;

        public bool IsComplete => Count == first.Term;

        /// <summary>Makes room as bytes come: what a header claims costs nothing.</summary>
        public void Add(ReadOnlySpan<byte> piece)
        {
            int count = Count + piece.Length;
            if (count > Bytes.Length) Array.Resize(ref Bytes, (int)Math.Min(first.Term, 2L * count));
            piece.CopyTo(Bytes.AsSpan(Count));
            Count = count;
        }

        /// <summary>A state that was cut short on its way is of no value once the slice sends a later one.</summary>
        public bool IsReplacedBy(in FrameHeader header) => header.Kind == FrameKind.SliceState
            && first.Kind == FrameKind.SliceState && header.Slice == first.Slice;

        public bool Has(in FrameHeader header) => header.Kind == first.Kind && header.Slice == first.Slice
            && header.Term == first.Term && header.Digest == first.Digest;
    }

    public static IEnumerable<(FrameHeader Header, ReadOnlyMemory<byte> Piece)> Cut(
        FrameKind kind, int slice, ReadOnlyMemory<byte> bytes)
    {
        var header = new FrameHeader
        {
            Kind = kind, Slice = slice, Element = ElementType.Byte, Term = bytes.Length,
            Digest = XxHash3.HashToUInt64(bytes.Span),
        };
        for (int first = 0; first == 0 || first < bytes.Length; first += PieceBytes)
        {
            yield return (header with { Step = first }, bytes[first..Math.Min(bytes.Length, first + PieceBytes)]);
        }
    }

    /// <summary>A piece has come; it is copied.</summary>
    /// <returns>The whole, if this was its last one; else null.</returns>
    /// <exception cref="InvalidDataException">It cannot be a piece of such a whole, or the whole has another hash.
    /// </exception>
    public byte[]? Add(in FrameHeader header, ReadOnlySpan<byte> piece)
    {
        if (header.Term > Array.MaxLength || header.Step + piece.Length > header.Term)
        {
            throw new InvalidDataException(
                $"{piece.Length} bytes from {header.Step} on are no piece of {header.Term}");
        }
        Whole? whole;
        lock (_lock)
        {
            whole = Find(header);
            if (whole is null || header.Step != whole.Count) return null;
            whole.Add(piece);
            if (!whole.IsComplete) return null;
            _begun.Remove(whole);
        }
        return XxHash3.HashToUInt64(whole.Bytes) == header.Digest ? whole.Bytes
            : throw new InvalidDataException("the pieces together have another checksum than was stated");
    }

    private Whole? Find(in FrameHeader header)
    {
        foreach (var begun in _begun)
        {
            if (begun.Has(header)) return begun;
        }
        // The others cannot be put together without the first piece.
        if (header.Step != 0) return null;
        var next = header;
        _begun.RemoveAll(begun => begun.IsReplacedBy(next));
        if (_begun.Count == BegunMax) _begun.RemoveAt(0);
        var whole = new Whole(header);
        _begun.Add(whole);
        return whole;
    }
}
