using System.Buffers.Binary;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using Xunit;

namespace ClusterGd.Data.Tests;

public sealed class IdxTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Idx_Bytes_AreScaledRowsWithClasses()
    {
        var source = Source(
            Idx(8, [3, 2, 2], [0, 51, 102, 255, 1, 2, 3, 4, 5, 6, 7, 8]), Idx(8, [3], [7, 2, 7])) with { Scale = 255 };
        var data = TestData.Load(source, TargetKind.BinaryClass).DataSet;
        Assert.Equal([0f, 0.2f, 0.4f, 1f], TestData.Row(data.Train, 0));
        Assert.Equal([1f, 0f, 1f], data.Train.Targets.ToArray());
        Assert.Equal(["2", "7"], data.Schema.ClassNames.ToArray());
    }

    [Theory]
    [InlineData(9, new byte[] { 0xFF, 5 }, -1f, 5f)]
    [InlineData(0xB, new byte[] { 0xFF, 0xFE, 1, 0 }, -2f, 256f)]
    [InlineData(0xC, new byte[] { 0, 1, 0, 0, 0, 0, 0, 9 }, 65536f, 9f)]
    [InlineData(0xD, new byte[] { 0x3F, 0x80, 0, 0, 0xC0, 0, 0, 0 }, 1f, -2f)]
    [InlineData(0xE, new byte[] { 0x3F, 0xF0, 0, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0 }, 1f, -2f)]
    public void Idx_EveryElementType_IsRead(byte type, byte[] elements, float first, float second)
    {
        var data = TestData.Load(Source(Idx(type, [1, 2], elements), Idx(8, [1], [3]))).DataSet;
        Assert.Equal([first, second], TestData.Row(data.Train, 0));
        Assert.Equal([3f], data.Train.Targets.ToArray());
    }

    [Fact]
    public void Idx_Standardize_GivesMeanZeroAndDeviationOne()
    {
        var source = Source(Idx(8, [2, 2], [1, 9, 3, 9]), Idx(8, [2], [0, 1])) with { Standardize = true, Scale = 2 };
        var data = TestData.Load(source).DataSet;
        Assert.Equal([-1f, 0f], TestData.Row(data.Train, 0));
        Assert.Equal([1f, 0f], TestData.Row(data.Train, 1));
    }

    [Theory]
    [InlineData(new byte[] { 1, 0, 8, 1 }, "is no idx file: it begins with 01000801")]
    [InlineData(new byte[] { 0, 0, 10, 1, 0, 0, 0, 1, 1 }, "is no idx file")]
    [InlineData(new byte[] { 0, 0, 8, 0 }, "is no idx file")]
    [InlineData(new byte[] { 0, 0, 8 }, "ends in its header")]
    [InlineData(new byte[] { 0, 0, 8, 2, 0, 0, 0, 2, 0, 0 }, "ends in its header")]
    [InlineData(new byte[] { 0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3 }, "promises 2 x 2 values, and the file " +
        "ends after")]
    [InlineData(new byte[] { 0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 0 }, "there is no value in it (2 x 0)")]
    [InlineData(new byte[] { 0, 0, 8, 1, 0xFF, 0, 0, 0 }, "beyond 2,147,483,647")]
    [InlineData(new byte[] { 0, 0, 8, 3, 0x7F, 0, 0, 0, 0x7F, 0, 0, 0, 0x7F, 0, 0, 0 }, "features, and at most " +
        "100,000,000")]
    [InlineData(new byte[] { 0, 0, 8, 2, 0x7F, 0, 0, 0, 0, 0, 0, 9 }, "use a part of it")]
    [InlineData(new byte[] { 0, 0, 8, 2, 0x0F, 0, 0, 0, 0, 0, 0, 4 }, "the header promises 251,658,240 x 4 values")]
    [InlineData(new byte[] { 0, 0, 8, 1, 0, 0, 0, 1, 1, 2 }, "goes on after the 1 values")]
    [InlineData(new byte[] { 0, 0, 13, 1, 0, 0, 0, 1, 0x7F, 0xC0, 0, 0 }, "record 1, value 1 is not a finite 32-bit " +
        "number")]
    public void Idx_DamagedFile_IsRefused(byte[] file, string reason) => Assert.Contains(
        reason, TestData.Fails(new DataSource { Path = _folder.Write("x.idx", file) }, TargetKind.None).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Idx_AnyPrefix_IsRefused()
    {
        byte[] images = Idx(0xC, [3, 2], [.. Enumerable.Range(0, 24).Select(i => (byte)i)]),
            labels = Idx(8, [3], [0, 1, 2]);
        for (int length = 1; length < images.Length; length++) TestData.Fails(
            Source(images[..length], labels), TargetKind.Class);
        for (int length = 1; length < labels.Length; length++) TestData.Fails(
            Source(images, labels[..length]), TargetKind.Class);
    }

    [Fact]
    public void Idx_LabelsOfAnotherCount_AreRefused() => Assert.Contains(
        "has 2 labels, but",
            TestData.Fails(Source(Idx(8, [3, 1], [1, 2, 3]), Idx(8, [2], [1, 2])), TargetKind.Class).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Idx_ImagesAsLabels_AreRefused() => Assert.Contains(
        "labels have one dimension",
            TestData.Fails(Source(Idx(8, [1, 1], [1]), Idx(8, [1, 1], [1])), TargetKind.Class).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Idx_WithoutLabels_IsRefusedOrClustered()
    {
        var source = new DataSource { Path = _folder.Write("x.idx", Idx(8, [1, 1], [1])) };
        Assert.Contains("state labels", TestData.Fails(source, TargetKind.Class).Message, StringComparison.Ordinal);
        Assert.Equal(0, TestData.Load(source, TargetKind.None).DataSet.Train.TargetCount);
    }

    [Fact]
    public void Idx_TestOfAnotherSize_IsRefused()
    {
        var spec = new DataSpec
        {
            Train = new DataSource { Path = _folder.Write("x.idx", Idx(8, [1, 2], [1, 2])) },
            Test = new DataSource { Path = _folder.Write("y.idx", Idx(8, [1, 3], [1, 2, 3])) },
        };
        Assert.Contains("3 values a row, but the training rows have 2", Assert.Throws<InputException>(
            () => DataSets.Load(spec, TargetKind.None, 1)).Message, StringComparison.Ordinal);
    }

    private static byte[] Idx(byte type, int[] sizes, byte[] elements)
    {
        var file = new byte[4 + 4 * sizes.Length + elements.Length];
        file[2] = type;
        file[3] = (byte)sizes.Length;
        for (int i = 0; i < sizes.Length; i++) BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(4 + 4 * i), sizes[i]);
        elements.CopyTo(file, 4 + 4 * sizes.Length);
        return file;
    }

    private DataSource Source(byte[] images, byte[] labels) => new()
    {
        Path = _folder.Write("images.idx", images),
        Labels = _folder.Write("labels.idx", labels),
    };
}
