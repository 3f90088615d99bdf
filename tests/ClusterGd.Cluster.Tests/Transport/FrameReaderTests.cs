using System.Buffers.Binary;
using System.IO.Hashing;
using ClusterGd.Cluster.Transport;
using ClusterGd.Core.Kernels;
using Xunit;

namespace ClusterGd.Cluster.Tests.Transport;

/// <summary>Whatever comes over a connection: the frames that were sent, or an end with a reason.</summary>
public class FrameReaderTests
{
    private static readonly int s_seed =
        int.TryParse(Environment.GetEnvironmentVariable("CLUSTERGD_SEED"), out int seed) ? seed : Environment.TickCount;

    private static readonly ReceiveBuffers s_buffers = new(1 << 20);

    private static string Replay =>
        $"replay: CLUSTERGD_SEED={s_seed} dotnet test -c Release tests/ClusterGd.Cluster.Tests --filter " +
        nameof(FrameReaderTests);

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(103)]
    [InlineData(int.MaxValue)]
    public void Read_AnyPieces_GivesTheFrames(int pieceBytes)
    {
        var (frames, failure) = Read(FrameBytes.Small(), pieceBytes);

        Assert.Equal(4, frames.Count);
        Assert.Null(failure);
    }

    [Fact]
    public void Read_HundredThousandFlips_FindsEveryOne()
    {
        var random = new Random(s_seed);
        byte[] good = FrameBytes.Small();
        var sent = Read(good).Frames;
        for (int i = 0; i < 100_000; i++)
        {
            byte[] bad = (byte[])good.Clone();
            int flips = i % 2 == 0 ? 1 : random.Next(2, 40);
            for (int flip = 0; flip < flips; flip++) bad[random.Next(bad.Length)] ^= (byte)(1 << random.Next(8));
            if (bad.AsSpan().SequenceEqual(good)) continue;

            var (frames, failure) = Read(bad);

            Assert.True(
                failure is not null && frames.SequenceEqual(sent.Take(frames.Count)),
                $"flip {i} was not found; {Replay}");
        }
    }

    [Fact]
    public void Read_EveryTruncation_EndsWithAReason()
    {
        byte[] good = FrameBytes.Small();
        int frame = FrameHeader.Size + 20 + FrameHeader.TrailerSize;
        for (int length = 0; length <= frame; length++)
        {
            var (frames, failure) = Read(good[..length]);

            Assert.Equal(length == frame ? 1 : 0, frames.Count);
            Assert.Equal(length > 0 && length < frame ? "the connection ended within a frame" : null, failure?.Message);
        }
    }

    [Fact]
    public void Read_RandomBytes_EndsWithAReason()
    {
        var random = new Random(s_seed);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = new byte[random.Next(1, 300)];
            random.NextBytes(bytes);
            // Half of them get past the magic.
            if (i % 2 == 0 && bytes.Length > 4) FrameBytes.Small().AsSpan(0, 4).CopyTo(bytes);

            var (frames, failure) = Read(bytes);

            Assert.True(frames.Count == 0 && failure is not null, Replay);
        }
    }

    [Fact]
    public void Read_RandomHeadersWithRightChecksums_GiveFramesWithinTheLimitOrAReason()
    {
        var random = new Random(s_seed);
        for (int i = 0; i < 50_000; i++)
        {
            byte[] bytes = FrameBytes.Small();
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                bytes[random.Next(16, FrameHeader.Size - sizeof(ulong))] = (byte)random.Next(256);
            }
            FixHeader(bytes);

            // Only FrameException may come out; the limit keeps what is rented small.
            Read(bytes);
        }
    }

    [Theory]
    [InlineData(4, 9, "a frame's version is 9, allowed is 3")]
    [InlineData(6, 0, "a frame's kind is 0, allowed is 1 to 14")]
    [InlineData(8, 9, "a frame is of run 0000000000000009, this is run 0000000000000007")]
    [InlineData(23, 0x80, "a frame's term is -9223372036854775808, allowed is 0 or more")]
    [InlineData(32, 2, "a frame's pass is 2, allowed is 0 or 1")]
    [InlineData(33, 4, "a frame's element type is 4, allowed is 0 to 3")]
    [InlineData(34, 32, "a frame's flags field is 32, allowed is 0 to 31")]
    [InlineData(36, 31, "a frame's subtree level is 31, allowed is 0 to 30")]
    [InlineData(47, 0x80, "a frame's slice is -2147483648, allowed is 0 or more")]
    [InlineData(99, 0x80, "a frame's compute time is -2147483648, allowed is 0 or more")]
    [InlineData(103, 0x80, "a frame's generation is -2147483648, allowed is 0 or more")]
    [InlineData(111, 0x80, "a frame's parameters' version is -9223372036854775808, allowed is 0 or more")]
    [InlineData(119, 0x80, "a frame's round of the state is -9223372036854775808, allowed is 0 or more")]
    [InlineData(48, 21, "a frame's payload is 21, allowed is a multiple of 4 from 0 to 2147418112 bytes")]
    [InlineData(50, 1, "a GradientPart of slice 0 has 65556 bytes, allowed are 1000")]
    [InlineData(51, 0x7F, "a GradientPart of slice 0 has 2130706452 bytes, allowed are 1000")]
    public void Read_HeaderOutOfRange_NamesValueAndWhatIsAllowed(int offset, byte value, string reason)
    {
        byte[] bytes = FrameBytes.Small();
        bytes[offset] = value;
        FixHeader(bytes);

        Assert.Equal(reason, Read(bytes).Failure?.Message);
    }

    [Fact]
    public void Read_HttpRequest_EndsWithAReason()
    {
        byte[] sent = [.. "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"u8, .. new byte[100]];
        var failure = Read(sent).Failure;

        Assert.Equal("a frame begins with 20544547, it must with 31464743", failure?.Message);
    }

    [Fact]
    public void Read_WrongPayloadChecksum_NamesBothAndIsCountedAsChecksum()
    {
        byte[] bytes = FrameBytes.Of(FrameBytes.Header(FrameKind.RowsChunk, ElementType.Byte, 3), "abc"u8);
        bytes[FrameHeader.Size] ^= 1;

        var failure = Read(bytes).Failure;

        Assert.True(failure?.IsChecksum);
        Assert.StartsWith(
            "the payload of a RowsChunk states the checksum ", failure!.Message, StringComparison.Ordinal);
    }

    private static (List<ulong> Frames, FrameException? Failure) Read(byte[] bytes, int pieceBytes = int.MaxValue)
    {
        var digest = new FrameDigest();
        try
        {
            var reader = new FrameReader(new FrameBytes(bytes, pieceBytes), FrameBytes.RunId, "a", digest, s_buffers,
                new PeerMeter());
            while (reader.ReadFrame(out _)) { }
            return (digest.Frames, null);
        }
        catch (FrameException e)
        {
            return (digest.Frames, e);
        }
    }

    private static void FixHeader(byte[] bytes)
    {
        int end = FrameHeader.Size - sizeof(ulong);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(end), XxHash3.HashToUInt64(bytes.AsSpan(0, end)));
    }
}
