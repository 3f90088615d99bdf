using System.Security.Cryptography;
using ClusterGd.Core.Data;
using ClusterGd.Data.Shards;
using ClusterGd.Tests;
using CsCheck;
using Xunit;

namespace ClusterGd.Data.Tests.Shards;

public sealed class ShardArchiveTests
{
    private static readonly ShardKey s_key = new(RandomRows.DataHash, RowSet.Train, 3, 8);
    private static readonly DataSchema s_schema = new() { FeatureCount = 1, TargetKind = TargetKind.Number };

    /// <summary>The format is a contract between programs of other versions: these bytes never change.</summary>
    [Fact]
    public void Write_KnownRows_HasTheBytesOfTheFormat()
    {
        byte[] bytes = Write(new SparseRows(2, 9, [0, 1, 1], [4], [0.5f], [1, -1]));

        Assert.Equal(
            "4347447368617264" + "01000000" + "01000000" + "00000000" + "03000000" + "08000000" + "02000000" +
            "09000000" + "01000000" + "0100000000000000" + RandomRows.DataHash,
            Convert.ToHexStringLower(bytes[..80]));
        Assert.Equal(SHA256.HashData(bytes[..80]), bytes[80..112]);
        Assert.Equal(
            "0000803f" + "000080bf" + "00000000" + "01000000" + "01000000" + "04000000" + "0000003f",
            Convert.ToHexStringLower(bytes[112..140]));
        Assert.Equal(SHA256.HashData(bytes[112..140]), bytes[140..172]);
        Assert.Equal(SHA256.HashData([.. bytes[80..112], .. bytes[140..172]]), bytes[172..]);
    }

    [Fact]
    public void Read_WrittenRows_AreTheSame() => RandomRows.Any.Sample(
        rows =>
        {
            byte[] bytes = Write(rows);
            var read = Read(bytes);

            Assert.IsType(rows.GetType(), read);
            Assert.Equal(Hash(rows), Hash(read));
            Assert.Equal(bytes.LongLength, ShardArchive.LengthOf(s_key, rows, 0, rows.Count));
        }, iter: 1_000);

    [Fact]
    public void Write_PartOfWholeDataOrThePartAlone_SameBytes() =>
        Gen.Select(RandomRows.Any, Gen.Double.Unit, Gen.Double.Unit).Sample((rows, from, share) =>
        {
            int first = (int)(from * rows.Count), count = (int)(share * (rows.Count - first + 1));
            var whole = new MemoryStream();
            ShardArchive.Write(whole, s_key, rows, first, count);

            Assert.Equal(Write(RowsPart.Of(rows, first, count)), whole.ToArray());
        }, iter: 300);

    [Fact]
    public void Read_AnyByteFlipped_IsRefused() =>
        Gen.Select(RandomRows.Any, Gen.Int[0, int.MaxValue], Gen.Byte[1, 255]).Sample((rows, at, mask) =>
        {
            byte[] bytes = Write(rows);
            bytes[at % bytes.Length] ^= mask;
            Refused(bytes);
        }, iter: 5_000);

    [Fact]
    public void Read_AnyTruncation_IsRefused() =>
        Gen.Select(RandomRows.Any, Gen.Int[0, int.MaxValue]).Sample((rows, at) =>
        {
            byte[] bytes = Write(rows), cut = bytes[..(at % bytes.Length)];
            Refused(cut);
            // A connection that ends early: the length was stated, and the bytes do not come.
            Assert.Throws<InvalidDataException>(() => ShardArchive.Read(new MemoryStream(cut), bytes.Length, s_key));
        }, iter: 2_000);

    [Fact]
    public void Read_RandomBytes_IsRefused() =>
        Gen.Byte.Array[0, 400].Sample(bytes => { Refused(bytes); }, iter: 2_000);

    [Fact]
    public void Read_SeveralBlocks_AreTheSameAndNoneMayMove()
    {
        const int Block = 1 << 20;
        var numbers = new float[700_000];
        for (int i = 0; i < numbers.Length; i++) numbers[i] = i;
        var rows = RandomRows.Dense(100_000, 7, 0, numbers);
        byte[] bytes = Write(rows);
        Assert.Equal(Hash(rows), Hash(Read(bytes)));

        byte[] first = bytes[112..(112 + Block + 32)];
        bytes.AsSpan(112 + Block + 32, Block + 32).CopyTo(bytes.AsSpan(112));
        first.CopyTo(bytes, 112 + Block + 32);
        Assert.StartsWith("the checksum of the whole is ", Refused(bytes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new[] { 0, 1, 2 }, new[] { 0, 3 }, "its row 1 has column 3 after -1, and columns ascend to 2")]
    [InlineData(new[] { 0, 0, 2 }, new[] { 1, 1 }, "its row 1 has column 1 after 1, and columns ascend to 2")]
    [InlineData(new[] { 0, 1, 2 }, new[] { -1, 0 }, "its row 0 has column -1 after -1, and columns ascend to 2")]
    [InlineData(new[] { 0, 3, 2 }, new[] { 0, 1 }, "its rows do not divide its 2 stored values")]
    [InlineData(new[] { 0, -1, 2 }, new[] { 0, 1 }, "its rows do not divide its 2 stored values")]
    public void Read_RowsThatWouldLeadAKernelAstray_AreRefused(int[] starts, int[] columns, string problem) =>
        Assert.Equal(problem, Refused(Write(new SparseRows(2, 3, starts, columns, [1, 1], [0, 0]))));

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Read_NumberThatIsNotFinite_IsRefused(float number)
    {
        Assert.Equal(
            "it has a value that is no finite number", Refused(Write(RandomRows.Dense(1, 2, 0, [1, number]))));
        Assert.Equal(
            "it has a target that is no finite number", Refused(Write(RandomRows.Dense(1, 2, 1, [1, 2, number]))));
        Assert.Equal(
            "it has a value that is no finite number",
            Refused(Write(new SparseRows(1, 2, [0, 1], [1], [number], [0]))));
    }

    [Theory]
    [InlineData(RowSet.Test, 3, 8, '0')]
    [InlineData(RowSet.Train, 4, 8, '0')]
    [InlineData(RowSet.Train, 3, 16, '0')]
    [InlineData(RowSet.Train, 3, 8, '1')]
    public void Read_AnotherShard_IsRefusedWithBothNames(RowSet set, int shard, int shardCount, char digit)
    {
        var other = new ShardKey(digit + RandomRows.DataHash[1..], set, shard, shardCount);
        byte[] bytes = Write(RandomRows.Dense(1, 1, 0, [1]));
        var e = Assert.Throws<InvalidDataException>(
            () => ShardArchive.Read(new MemoryStream(bytes), bytes.Length, other));
        Assert.Equal($"it holds the {s_key}, and the {other} is wanted", e.Message);
    }

    /// <summary>Headers with good checksums and counts that would take all memory or overflow.</summary>
    [Theory]
    [InlineData(false, int.MaxValue - 1, 1, 1, int.MaxValue - 1)]
    [InlineData(false, 2_000_000_000, 2_000_000_000, 0, 4_000_000_000_000_000_000)]
    [InlineData(false, 100_000_000, 1, 0, 100_000_000)]
    [InlineData(true, int.MaxValue, 1, 1, 5)]
    [InlineData(true, 2_000_000_000, 1, 1, 0)]
    [InlineData(true, 1, int.MaxValue, int.MaxValue, long.MaxValue)]
    [InlineData(true, 1, int.MaxValue, 0, 2_000_000_000)]
    [InlineData(true, -1, 1, 1, 0)]
    [InlineData(true, 1, 0, 1, 0)]
    [InlineData(true, 1, 1, -1, 0)]
    [InlineData(true, 1, 5, 1, 6)]
    public void Read_HugeCounts_AreRefusedBeforeAnyRoomIsMade(
        bool isSparse, int rows, int features, int targets, long stored)
    {
        var header = new byte[ArchiveHeader.Bytes];
        new ArchiveHeader(s_key, isSparse, rows, features, targets, stored).Write(header);
        byte[] bytes = [.. header, .. SHA256.HashData(header), .. new byte[100]];
        long before = GC.GetAllocatedBytesForCurrentThread();
        Refused(bytes);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    /// <summary>Numbers changed on purpose, with all checksums made good again: they can harm no kernel.</summary>
    [Fact]
    public void Read_ForgedNumbers_AreRefusedOrHarmless() =>
        Gen.Select(RandomRows.Any, Gen.Int[0, int.MaxValue], Gen.Int[-2, 60]).Sample((rows, at, number) =>
        {
            byte[] bytes = Write(rows);
            int word = at % ((bytes.Length - 64) / 4) * 4;
            BitConverter.TryWriteBytes(bytes.AsSpan(word < 80 ? word : word + 32), number);
            Seal(bytes);
            Rows read;
            try
            {
                read = Read(bytes);
            }
            catch (InvalidDataException)
            {
                return;
            }
            var row = new float[read.FeatureCount];
            for (int i = 0; i < read.Count; i++) read.CopyRow(i, row);
            Assert.Equal(rows.Count, read.Count);
            Assert.True(read is DenseRows || read.StoredCount == rows.StoredCount);
        }, iter: 5_000);

    [Fact]
    public void Read_VersionOfTheFuture_IsRefusedWithBoth()
    {
        byte[] bytes = Write(RandomRows.Dense(1, 1, 0, [1]));
        bytes[8] = 2;
        Seal(bytes);
        Assert.Equal("it has version 2, and this program reads version 1", Refused(bytes));
    }

    [Theory]
    [InlineData("../../etc", RowSet.Train, 0, 1)]
    [InlineData("0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF", RowSet.Train, 0, 1)]
    [InlineData("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", RowSet.Train, 1, 1)]
    [InlineData("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", RowSet.Train, -1, 1)]
    [InlineData("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", (RowSet)3, 0, 1)]
    public void ShardKey_NoHashOrNoShard_IsRefused(string hash, RowSet set, int shard, int shardCount) =>
        Assert.Throws<ArgumentException>(() => new ShardKey(hash, set, shard, shardCount));

    /// <summary>Makes the checksums of an archive of one block good again.</summary>
    private static void Seal(byte[] bytes)
    {
        SHA256.HashData(bytes[..80]).CopyTo(bytes, 80);
        int end = bytes.Length - 64;
        if (end >= 112) SHA256.HashData(bytes[112..end]).CopyTo(bytes, end);
        byte[] hashes = end >= 112 ? [.. bytes[80..112], .. bytes[end..(end + 32)]] : bytes[80..112];
        SHA256.HashData(hashes).CopyTo(bytes, bytes.Length - 32);
    }

    private static byte[] Write(Rows rows)
    {
        var stream = new MemoryStream();
        ShardArchive.Write(stream, s_key, rows, 0, rows.Count);
        return stream.ToArray();
    }

    private static Rows Read(byte[] bytes) => ShardArchive.Read(new MemoryStream(bytes), bytes.Length, s_key);

    private static string Refused(byte[] bytes) => Assert.Throws<InvalidDataException>(() => Read(bytes)).Message;

    private static string Hash(Rows rows) => ContentHash.Of(s_schema, rows, null);
}
