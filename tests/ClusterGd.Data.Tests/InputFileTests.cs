using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using ClusterGd.Data.Input;
using ClusterGd.Data.Reading;
using CsCheck;
using Xunit;

namespace ClusterGd.Data.Tests;

public sealed class InputFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void InputFile_Missing_NamesTheNearest()
    {
        _folder.Write("train.libsvm", "1 1:1\n");
        string path = _folder.PathOf("trian.libsvm");
        Assert.Equal(
            $"{path} does not exist: did you mean {_folder.PathOf("train.libsvm")}?",
            TestData.Fails(new DataSource { Path = path }).Message);
    }

    [Fact]
    public void InputFile_MissingInMissingFolder_SaysSo() => Assert.Contains(
        "there is no folder", TestData.Fails(new DataSource { Path = _folder.PathOf("no/such.csv") }).Message,
        StringComparison.Ordinal);

    [Fact]
    public void InputFile_Directory_IsRefused()
    {
        Directory.CreateDirectory(_folder.PathOf("sub"));
        Assert.Contains("is a directory", TestData.Fails(new DataSource { Path = _folder.PathOf("sub") }).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void InputFile_Empty_IsRefused() => Assert.Contains(
        "is empty", TestData.Fails(_folder.Source("none.libsvm", "")).Message, StringComparison.Ordinal);

    [SkippableFact]
    public void InputFile_Pipe_IsRefusedWithoutWaitingForAWriter()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has no named pipes in folders");
        string path = _folder.PathOf("pipe.libsvm");
        using var made = Process.Start("mkfifo", [path]);
        made.WaitForExit();
        Assert.Contains(
            "or a pipe or device", TestData.Fails(new DataSource { Path = path }).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void InputFile_BlankInsideGzip_IsRefused() => Assert.Contains(
        "there is no row",
            TestData.Fails(new DataSource { Path = _folder.WriteGzip("none.libsvm.gz", "\n\n"u8.ToArray()) }).Message,
        StringComparison.Ordinal);

    [Fact]
    public void InputFile_NamedGzipButPlain_IsRefused() => Assert.Contains(
        "is named .gz but is not compressed", TestData.Fails(_folder.Source("plain.libsvm.gz", "1 1:1\n")).Message,
        StringComparison.Ordinal);

    [Fact]
    public void InputFile_GzipWithoutTheName_IsUnpacked() => Assert.Equal(
        1, TestData.Load(new DataSource { Path = _folder.WriteGzip("zipped.libsvm", "1 1:1\n"u8.ToArray()) })
            .DataSet.Train.Count);

    [Fact]
    public void InputFile_SeveralGzipMembers_AreJoined()
    {
        string path = _folder.WriteGzip("two.libsvm.gz", "1 1:1\n2 1"u8.ToArray(), ":2\n3 1:3\n"u8.ToArray());
        Assert.Equal([1f, 2f, 3f], TestData.Load(new DataSource { Path = path }).DataSet.Train.Targets.ToArray());
    }

    [Fact]
    public void InputFile_GzipOfGarbage_IsRefused()
    {
        string path = _folder.Write("garbage.libsvm.gz",
            [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, .. Encoding.ASCII.GetBytes(new string('x', 500))]);
        Assert.Contains(
            "damaged or cut off", TestData.Fails(new DataSource { Path = path }).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CompressionLevel.Optimal)]
    [InlineData(CompressionLevel.NoCompression)]
    public void InputFile_AnyPrefixOfGzip_IsRefused(CompressionLevel level)
    {
        var content = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 60).Select(i => $"{i} 1:{i * i}\n")));
        var packed = new MemoryStream();
        using (var zip = new GZipStream(packed, level, leaveOpen: true)) zip.Write(content);
        byte[] whole = packed.ToArray();
        for (int length = 2; length < whole.Length; length++)
        {
            var source = new DataSource { Path = _folder.Write("cut.libsvm.gz", whole[..length]) };
            Assert.Contains("damaged or cut off", TestData.Fails(source).Message, StringComparison.Ordinal);
        }
        Assert.Equal(
            60, TestData.Load(new DataSource { Path = _folder.Write("cut.libsvm.gz", whole) }).DataSet.Train.Count);
    }

    [Fact]
    public void InputFile_AnyChangedByteOfGzip_GivesTheContentOrAnInputException()
    {
        byte[] content = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 40).Select(i => $"{i} 1:{i}\n")));
        byte[] whole = File.ReadAllBytes(_folder.WriteGzip("whole.gz", content));
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte[1, 255]).Sample((at, flip) =>
        {
            byte[] changed = [.. whole];
            changed[at] ^= flip;
            using var folder = new TempFolder();
            string path = folder.Write("changed.gz", changed);
            var read = new MemoryStream();
            try
            {
                using var stream = InputFile.Open(path);
                stream.CopyTo(read);
            }
            catch (InputException)
            {
                return;
            }
            Assert.Equal(content, read.ToArray());
        }, iter: 300);
    }

    [Fact]
    public void InputFile_BothFilesMissing_AreNamedTogether()
    {
        var spec = new DataSpec
        {
            Train = new DataSource { Path = _folder.PathOf("a.csv") },
            Test = new DataSource { Path = _folder.PathOf("b.csv") },
            OnBadRow = "ignore",
        };
        var error = Assert.Throws<InputException>(() => DataSets.Load(spec, Core.Data.TargetKind.Number, 1));
        Assert.Equal(3, error.Problems.Length);
    }

    [Theory]
    [InlineData("# c\n\n1\n-1 3:1 4:2\n", "libsvm")]
    [InlineData("3:1 4:2\n", "libsvm")]
    [InlineData("12:30:00,1\n", "csv")]
    [InlineData("a b\n1 2\n", "csv")]
    [InlineData("1\n2\n", "csv")]
    [InlineData("\0\0\u0008\u0001\0\0\0\u0001a", "idx")]
    [InlineData("PAR1....", "parquet")]
    public void FormatGuess_UnknownName_GoesByContent(string content, string format) =>
        Assert.Equal(format, FormatGuess.Of(_folder.Source("data.bin", content)));

    [Theory]
    [InlineData("x.csv.gz", "csv")]
    [InlineData("X.TSV", "csv")]
    [InlineData("x.svm.bz2", "libsvm")]
    [InlineData("x.csv.zst", "csv")]
    [InlineData("x.svm", "libsvm")]
    [InlineData("t10k-images-idx3-ubyte.gz", "idx")]
    [InlineData("x.parquet", "parquet")]
    public void FormatGuess_KnownName_DecidesAlone(string name, string format) =>
        Assert.Equal(format, FormatGuess.Of(new DataSource { Path = name }));

    [Fact]
    public void FormatGuess_BinaryGarbage_AsksForTheFormat() => Assert.Contains(
        "is binary and of no known kind", TestData.Fails(_folder.Source("data.bin", "\u0001\0\u0002")).Message,
        StringComparison.Ordinal);

    [Fact]
    public void FormatGuess_UnknownFormat_NamesTheKnown() => Assert.Contains(
        "is none of csv, libsvm, idx, parquet",
            TestData.Fails(_folder.Source("a", "1") with { Format = "xls" }).Message,
        StringComparison.Ordinal);
}
