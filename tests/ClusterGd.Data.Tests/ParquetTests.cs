using ClusterGd.Core.Jobs;
using CsCheck;
using Parquet;
using Parquet.Schema;
using Xunit;

namespace ClusterGd.Data.Tests;

public sealed class ParquetTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Parquet_NumbersAndStrings_AreReadAsCsvColumnsAre()
    {
        var fromParquet = await WriteAsync(
            "a.parquet") with { Categorical = ["color"], Missing = "mean", Target = ["y"] };
        var fromCsv = _folder.Source("a.csv", "x,n,flag,color,y\n1.5,7,1,red,10\n,8,0,,20\n2.5,9,1,red,30\n") with
        {
            Categorical = ["color"],
            Missing = "mean",
            Target = ["y"],
        };
        var loaded = TestData.Load(fromParquet);
        Assert.Equal(TestData.Load(fromCsv).DataSet.ContentHash, loaded.DataSet.ContentHash);
        Assert.Equal(["x", "n", "flag", "color=?", "color=red"], loaded.DataSet.Schema.FeatureNames.ToArray());
        Assert.Equal([2f, 8f, 0f, 1f, 0f], TestData.Row(loaded.DataSet.Train, 1));
        Assert.Equal("parquet", loaded.Encoding.Format);
    }

    [Fact]
    public async Task Parquet_NullWithoutAPolicy_IsABadRow()
    {
        var source = await WriteAsync("a.parquet") with { Ignore = ["color"] };
        Assert.StartsWith(
            $"{source.Path}:2: column 'x' has no value", TestData.Fails(source).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parquet_StringNotCategorical_IsRefusedWithTheKey()
    {
        var source = await WriteAsync("a.parquet") with { Missing = "0" };
        Assert.Contains(
            "column 'color': words, each in several rows: add categorical: [color].", TestData.Fails(source).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parquet_OfAnotherType_MustBeIgnored()
    {
        var time = new DataField<DateTime>("time");
        var y = new DataField<int>("y");
        var x = new DataField<int>("x");
        string path = _folder.PathOf("t.parquet");
        await using (var file = File.Create(path))
        await using (var writer = await ParquetWriter.CreateAsync(new ParquetSchema(time, x, y), file))
        {
            using var group = writer.CreateRowGroup();
            await group.WriteAsync<DateTime>(time, new[] { new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc) });
            await group.WriteAsync<int>(x, new[] { 3 });
            await group.WriteAsync<int>(y, new[] { 4 });
        }
        var source = new DataSource { Path = path };
        Assert.Contains("'time' is of type DateTime", TestData.Fails(source).Message, StringComparison.Ordinal);
        Assert.Equal([3f], TestData.Row(TestData.Load(source with { Ignore = ["time"] }).DataSet.Train, 0));
    }

    [Fact]
    public void Parquet_FooterLengthBeyondTheFile_IsRefused() => Assert.Contains(
        "is no whole parquet file",
        TestData.Fails(new DataSource
        {
            Path = _folder.Write("a.parquet", [.. "PAR1"u8, .. new byte[50], 0xFF, 0xFF, 0xFF, 0x7F, .. "PAR1"u8]),
        }).Message, StringComparison.Ordinal);

    [Fact]
    public void Parquet_Garbage_IsRefused() => Assert.Contains(
        "is no whole parquet file",
            TestData.Fails(_folder.Source("x.parquet", "PAR1 and then nothing of the kind")).Message,
        StringComparison.Ordinal);

    [Fact]
    public async Task Parquet_AnyPrefix_IsRefused()
    {
        byte[] whole = File.ReadAllBytes((await WriteAsync("whole.parquet")).Path);
        Gen.Int[1, whole.Length - 1].Sample(length =>
        {
            using var folder = new TempFolder();
            TestData.Fails(new DataSource { Path = folder.Write("cut.parquet", whole[..length]) });
        }, iter: 200);
    }

    private async Task<DataSource> WriteAsync(string name)
    {
        var x = new DataField<double?>("x");
        var n = new DataField<int>("n");
        var flag = new DataField<bool>("flag");
        var color = new DataField<string>("color");
        var y = new DataField<float>("y");
        await using var file = File.Create(_folder.PathOf(name));
        await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema(x, n, flag, color, y), file);
        using var group = writer.CreateRowGroup();
        await group.WriteAsync<double>(x, new double?[] { 1.5, null, 2.5 });
        await group.WriteAsync<int>(n, new[] { 7, 8, 9 });
        await group.WriteAsync<bool>(flag, new[] { true, false, true });
        await group.WriteAsync(color, ["red", null!, "red"]);
        await group.WriteAsync<float>(y, new[] { 10f, 20f, 30f });
        return new DataSource { Path = _folder.PathOf(name) };
    }
}
