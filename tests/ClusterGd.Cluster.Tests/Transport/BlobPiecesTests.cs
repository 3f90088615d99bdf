using ClusterGd.Cluster.Transport;
using Xunit;

namespace ClusterGd.Cluster.Tests.Transport;

/// <summary>Bytes longer than a frame may be, cut into pieces and put together.</summary>
public class BlobPiecesTests
{
    private const int Piece = BlobPieces.PieceBytes;
    private readonly BlobPieces _pieces = new();

    [Theory]
    [InlineData(0, 1)]
    [InlineData(5, 1)]
    [InlineData(Piece, 1)]
    [InlineData(Piece + 1, 2)]
    [InlineData(3 * Piece, 3)]
    public void Add_PieceAfterPiece_GivesTheWholeWithTheLast(int length, int count)
    {
        byte[] bytes = Bytes(length, seed: 1);
        var pieces = BlobPieces.Cut(FrameKind.SliceState, 2, bytes).ToList();

        Assert.Equal(count, pieces.Count);
        for (int i = 0; i < count; i++)
        {
            Assert.InRange(pieces[i].Piece.Length, 0, Piece);
            byte[]? whole = _pieces.Add(pieces[i].Header, pieces[i].Piece.Span);
            Assert.Equal(i == count - 1, whole is not null);
            if (whole is not null) Assert.True(bytes.AsSpan().SequenceEqual(whole));
        }
    }

    /// <summary>As if a node is asked once more while the first answer is under way.</summary>
    [Fact]
    public void Add_TheSameTwiceAtOnce_GivesItOnceAndBeginsTheSecondAnew()
    {
        var pieces = BlobPieces.Cut(FrameKind.SliceState, 0, Bytes(2 * Piece + 7, seed: 1)).ToList();
        int wholes = 0;
        foreach (int i in (int[])[0, 0, 1, 1, 2, 2]) Add(i);
        Assert.Equal(1, wholes);

        foreach (int i in (int[])[0, 1, 2]) Add(i);
        Assert.Equal(2, wholes);

        void Add(int i) => wholes += _pieces.Add(pieces[i].Header, pieces[i].Piece.Span) is null ? 0 : 1;
    }

    [Fact]
    public void Add_PieceLost_GivesNothingUntilAllComesAgain()
    {
        var pieces = BlobPieces.Cut(FrameKind.SliceState, 0, Bytes(2 * Piece + 7, seed: 1)).ToList();

        Assert.All((int[])[0, 2, 0, 2], i => Assert.Null(_pieces.Add(pieces[i].Header, pieces[i].Piece.Span)));
        Assert.Null(_pieces.Add(pieces[1].Header, pieces[1].Piece.Span));
        Assert.NotNull(_pieces.Add(pieces[2].Header, pieces[2].Piece.Span));
    }

    [Fact]
    public void Add_TwoSlicesByTurns_GivesBoth()
    {
        var a = BlobPieces.Cut(FrameKind.SliceState, 0, Bytes(Piece + 7, seed: 1)).ToList();
        var b = BlobPieces.Cut(FrameKind.SliceState, 1, Bytes(Piece + 7, seed: 1)).ToList();

        Assert.Null(_pieces.Add(a[0].Header, a[0].Piece.Span));
        Assert.Null(_pieces.Add(b[0].Header, b[0].Piece.Span));
        Assert.NotNull(_pieces.Add(a[1].Header, a[1].Piece.Span));
        Assert.NotNull(_pieces.Add(b[1].Header, b[1].Piece.Span));
    }

    [Fact]
    public void Add_LaterStateOfASlice_TakesThePlaceOfOneThatWasCutShort()
    {
        var cut = BlobPieces.Cut(FrameKind.SliceState, 0, Bytes(Piece + 7, seed: 1)).ToList();
        var later = BlobPieces.Cut(FrameKind.SliceState, 0, Bytes(Piece + 7, seed: 2)).ToList();

        Assert.Null(_pieces.Add(cut[0].Header, cut[0].Piece.Span));
        Assert.Null(_pieces.Add(later[0].Header, later[0].Piece.Span));
        Assert.Null(_pieces.Add(cut[1].Header, cut[1].Piece.Span));
        Assert.NotNull(_pieces.Add(later[1].Header, later[1].Piece.Span));
    }

    [Fact]
    public void Add_HeaderThatClaimsTwoGigabytes_TakesRoomForWhatCameAlone()
    {
        var (header, piece) = BlobPieces.Cut(FrameKind.SliceState, 0, Bytes(100, seed: 1)).Single();
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Null(_pieces.Add(header with { Term = Array.MaxLength }, piece.Span));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 16);
    }

    [Fact]
    public void Add_OtherBytesThanStated_AreRefused()
    {
        var (header, piece) = BlobPieces.Cut(FrameKind.SliceState, 0, Bytes(100, seed: 1)).Single();

        Assert.Throws<InvalidDataException>(() => _pieces.Add(header with { Digest = 1 }, piece.Span));
        Assert.Throws<InvalidDataException>(() => _pieces.Add(header with { Step = 1 }, piece.Span));
        Assert.Throws<InvalidDataException>(() => _pieces.Add(header with { Term = long.MaxValue }, piece.Span));
    }

    private static byte[] Bytes(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
