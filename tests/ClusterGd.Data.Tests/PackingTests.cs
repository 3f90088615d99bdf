using System.Text;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using ClusterGd.Data.Input;
using CsCheck;
using ICSharpCode.SharpZipLib.BZip2;
using Xunit;
using ZstdSharp;

namespace ClusterGd.Data.Tests;

/// <summary>Compressed files are told by their bytes, whatever their names are.</summary>
public sealed class PackingTests : IDisposable
{
    private static readonly byte[] s_content =
        Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 60).Select(i => $"{i} 1:{i * i}\n")));

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("bzip2", "rows.libsvm.bz2")]
    [InlineData("bzip2", "rows.libsvm")]
    [InlineData("zstd", "rows.libsvm.zst")]
    [InlineData("zstd", "rows.libsvm.gz")]
    public void Open_CompressedUnderAnyName_IsUnpacked(string kind, string name) =>
        Assert.Equal(60, TestData.Load(new DataSource { Path = _folder.Write(name, Pack(kind, s_content)) })
            .DataSet.Train.Count);

    [Theory]
    [InlineData("bzip2")]
    [InlineData("zstd")]
    public void Open_SeveralStreams_AreJoined(string kind)
    {
        byte[] first = "1 1:1\n2 1"u8.ToArray(), second = ":2\n3 1:3\n"u8.ToArray();
        byte[] two = [.. Pack(kind, first), .. Pack(kind, []), .. Pack(kind, second)];
        var source = new DataSource { Path = _folder.Write("two.libsvm", two) };
        Assert.Equal([1f, 2f, 3f], TestData.Load(source).DataSet.Train.Targets.ToArray());
    }

    [Theory]
    [InlineData("bzip2")]
    [InlineData("zstd")]
    public void Open_AnyPrefix_IsRefused(string kind)
    {
        byte[] whole = Pack(kind, s_content);
        for (int length = 10; length < whole.Length; length += 3)
        {
            var source = new DataSource { Path = _folder.Write("cut.libsvm", whole[..length]) };
            Assert.Contains(
                $"the {kind} data is damaged or cut off", TestData.Fails(source).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("bzip2")]
    [InlineData("zstd")]
    public void Open_AnyChangedByte_GivesSomeContentOrASentence(string kind)
    {
        byte[] whole = Pack(kind, s_content);
        Gen.Select(Gen.Int[10, whole.Length - 1], Gen.Byte[1, 255]).Sample((at, flip) =>
        {
            byte[] changed = [.. whole];
            changed[at] ^= flip;
            using var folder = new TempFolder();
            try
            {
                using var stream = InputFile.Open(folder.Write("changed", changed));
                stream.CopyTo(Stream.Null);
            }
            catch (InputException)
            {
                // The sentence; anything else fails the test.
            }
        }, iter: 200);
    }

    [Theory]
    [InlineData("FD377A585A00", "xz", "xz -dk FILE")]
    [InlineData("504B0304", "zip", "unzip FILE")]
    [InlineData("377ABCAF271C", "7-Zip", "7z x FILE")]
    [InlineData("526172211A0700", "RAR", "unrar x FILE")]
    [InlineData("04224D18", "LZ4", "lz4 -d FILE")]
    [InlineData("1F9D", "Unix compress", "gzip -d FILE")]
    [InlineData("4C5A495001", "lzip", "lzip -dk FILE")]
    [InlineData("D0CF11E0", "Excel", "CSV")]
    [InlineData("894844460D0A", "HDF5", "CSV")]
    [InlineData("FFFE3100", "UTF-16 text", "iconv")]
    public void Open_KindThatIsNotRead_IsNamedWithItsRemedyAndNoBytes(string magic, string kind, string remedy)
    {
        byte[] bytes = [.. Convert.FromHexString(magic), .. Enumerable.Range(0, 600).Select(i => (byte)(i * 7 + 128))];
        foreach (string name in (string[])["some.csv", "some.libsvm", "some", "some.idx"])
        {
            var source = new DataSource { Path = _folder.Write(name, bytes) };
            var error = TestData.Fails(name == "some.idx" ? source with { Labels = source.Path } : source);
            Assert.Contains(kind, error.Message, StringComparison.Ordinal);
            Assert.Contains(remedy, error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(error.Message, c => c > 126 || c < 32);
        }
    }

    [Fact]
    public void Open_TarWithinGzip_IsNamed()
    {
        var tar = new byte[1024];
        "ustar"u8.CopyTo(tar.AsSpan(257));
        var error = TestData.Fails(new DataSource { Path = _folder.WriteGzip("rows.tar.gz", tar) });
        Assert.EndsWith(
            "is gzip and holds a file of the kind tar, which is not read here: unpack it (tar -xf FILE) and name the " +
            "file of rows in it.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_GzipWithinZstd_IsNamed()
    {
        byte[] inner = File.ReadAllBytes(_folder.WriteGzip("inner.gz", s_content));
        var error = TestData.Fails(new DataSource { Path = _folder.Write("twice", Pack("zstd", inner)) });
        Assert.Contains("is zstd and holds a file of the kind gzip", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_TextThatBeginsLikeBzip2_IsText() =>
        Assert.Equal(1, TestData.Load(_folder.Source("text.csv", "BZh9x,y\n1,2\n")).DataSet.Train.Count);

    private static byte[] Pack(string kind, byte[] content)
    {
        var packed = new MemoryStream();
        using (Stream stream = kind == "zstd"
            ? new CompressionStream(packed, leaveOpen: true)
            : new BZip2OutputStream(packed) { IsStreamOwner = false })
        {
            stream.Write(content);
        }
        return packed.ToArray();
    }
}
