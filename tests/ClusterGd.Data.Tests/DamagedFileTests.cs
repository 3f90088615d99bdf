using System.Text.Json.Nodes;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using ClusterGd.Tests;
using CsCheck;
using Parquet;
using Parquet.Schema;
using Xunit;
using Xunit.Abstractions;

namespace ClusterGd.Data.Tests;

/// <summary>The files that a run leaves or takes are refused in sentences where they are damaged.</summary>
public sealed class DamagedFileTests(ITestOutputHelper output) : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("schema", "null")]
    [InlineData("schema.featureCount", "0")]
    [InlineData("schema.featureCount", "3")]
    [InlineData("schema.targetKind", "\"Nothing\"")]
    [InlineData("schema.targetKind", "17")]
    [InlineData("schema.targetCount", "2")]
    [InlineData("schema.classNames", "[\"a\"]")]
    [InlineData("schema.classNames", "[\"no\",\"no\"]")]
    [InlineData("scale", "0")]
    [InlineData("means", "[1]")]
    [InlineData("deviations", "[0,0,0,0]")]
    [InlineData("columns", "[]")]
    [InlineData("columns", "[null]")]
    [InlineData("columns.0.name", "null")]
    [InlineData("columns.0.firstFeature", "1")]
    [InlineData("columns.0.index", "-1")]
    [InlineData("columns.0.fill", "null")]
    [InlineData("columns.1.vocabulary", "[\"b\",\"a\"]")]
    [InlineData("columns.1.vocabulary", "[null,\"u\",\"v\"]")]
    [InlineData("columns.1.vocabulary", null)]
    [InlineData("hashBuckets", "-1")]
    [InlineData("format", "\"xml\"")]
    [InlineData("thousands", "\"ab\"")]
    [InlineData("missingTokens", "[null]")]
    public void FromJson_DamagedField_IsRefused(string path, string? value) =>
        Assert.Throws<InputException>(() => DataEncoding.FromJson(With(Encoding(), path, value)));

    /// <summary>Of a table the columns say how many there are; here nothing else does.</summary>
    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    public void FromJson_SparseRowsOfNoFeatures_AreRefused(string count)
    {
        string json = TestData.Load(_folder.Source("train.libsvm", "1 3:1\n0 1:1\n")).Encoding.ToJson();
        Assert.Throws<InputException>(() => DataEncoding.FromJson(With(json, "schema.featureCount", count)));
    }

    /// <summary>What is read from a damaged encoding is refused, or reads rows without another exception.</summary>
    [Fact]
    public void FromJson_AnyDamage_IsRefusedOrUsable()
    {
        string json = Encoding();
        var rows = _folder.Source("b.csv", "a,c,y\n1,u,no\n2,w,yes\n");
        Gen.Select(Gen.Int[0, json.Length - 1], Gen.Int[1, 30], Gen.Int[0, 8]).Sample((at, length, with) =>
        {
            string[] words = ["", "null", "0", "-1", "[]", "{}", "\"\"", "1e9", "99999999999"];
            int end = Math.Min(json.Length, at + length);
            // Whole values are replaced as well as any bytes.
            int colon = json.LastIndexOf(':', at) + 1, comma = json.IndexOfAny([',', '}'], Math.Max(colon, 1));
            string damaged = length % 2 == 0 || comma < 0
                ? json[..at] + words[with] + json[end..] : json[..colon] + words[with] + json[comma..];
            ReadOrRefuse(() => DataSets.LoadLike(rows, DataEncoding.FromJson(damaged), true, "fail", 0));
            ReadOrRefuse(() => DataSets.LoadLike(rows, DataEncoding.FromJson(damaged), false, "fail", 0));
        }, iter: 2_000);
    }

    /// <summary>CLUSTERGD_SEED replays one; without it those that are always tried, and fifty others.</summary>
    [Fact]
    public async Task Parquet_AnyDamage_IsRefusedOrRead()
    {
        byte[] whole = await ParquetAsync(5);
        int[] seeds = [.. Enumerable.Range(0, 500), .. Enumerable.Range(Random.Shared.Next(), 50)];
        if (int.TryParse(Environment.GetEnvironmentVariable("CLUSTERGD_SEED"), out int one)) seeds = [one];
        output.WriteLine($"seeds {seeds[0]} to 499, and from {seeds[^1] - 49}");
        foreach (int seed in seeds)
        {
            var random = new Random(seed);
            byte[] damaged = [.. whole];
            // The footer is half of the file, and what is wrong with it is worth half of the seeds more.
            int at = random.Next(seed % 2 == 0 ? 0 : whole.Length - 100, whole.Length), value = random.Next(256);
            for (int i = random.Next(4); i >= 0; i--) damaged[(at + 7 * i) % damaged.Length] = (byte)(value + i);
            ReadOrRefuse(damaged, $"CLUSTERGD_SEED={seed} dotnet test -c Release tests/ClusterGd.Data.Tests " +
                $"--filter {nameof(Parquet_AnyDamage_IsRefusedOrRead)}");
        }
    }

    /// <summary>What has no end in the footer was once looked for in it for ever.</summary>
    [Fact]
    public async Task Parquet_FooterThatEndsEarly_IsRefused()
    {
        byte[] whole = await ParquetAsync(5);
        int length = BitConverter.ToInt32(whole, whole.Length - 8);
        for (int cut = 1; cut <= length; cut++)
        {
            byte[] damaged = WithFooter(whole[..^(8 + cut)], length - cut);
            Assert.Contains("is no whole parquet file (", Refused(damaged, $"cut {cut}"), StringComparison.Ordinal);
        }
        for (int skipped = 1; skipped < length; skipped++)
        {
            ReadOrRefuse(WithFooter(whole[..^8], length - skipped), $"skipped {skipped}");
        }
    }

    [Fact]
    public void Parquet_FooterThatNestsDeeply_IsRefused()
    {
        byte[] lists = [0xF9, .. Enumerable.Repeat((byte)0x19, 1_000_000), 0];
        Assert.Contains("is no whole parquet file (Insufficient", Refused(WithFooter([.. "PAR1"u8, .. lists],
            lists.Length), "lists"), StringComparison.Ordinal);
        // A schema of a column in a group in a group …: a name and one child each.
        byte[] groups = [.. Enumerable.Repeat<byte[]>([0x48, 1, (byte)'g', 0x15, 2, 0], 100_000).SelectMany(x => x)];
        byte[] footer = [0x15, 2, 0x19, 0xFC, 0xA0, 0x8D, 0x06, .. groups, 0x16, 0, 0x19, 0x0C, 0];
        Assert.Contains("its columns nest over 100 deep", Refused(WithFooter([.. "PAR1"u8, .. footer], footer.Length),
            "groups"), StringComparison.Ordinal);
    }

    /// <summary>The library would give back what lay in the memory before.</summary>
    [Fact]
    public async Task Parquet_ColumnWithFewerValuesThanRows_IsRefused()
    {
        byte[] whole = await ParquetAsync(5);
        byte[] rows = [0x16, 10];   // field 3 of the file or a row group: five rows
        int at = whole.AsSpan().LastIndexOf(rows);
        whole[at + 1] = 12;
        Assert.Contains("column 'x' has 5 values where there are 6 rows", Refused(whole, "rows"),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parquet_WithoutFieldsOrRows_IsRefused()
    {
        byte[] noRows = await ParquetAsync(0);
        var source = new DataSource { Path = _folder.Write("a.parquet", noRows) };
        Assert.Contains("there is no row", TestData.Fails(source).Message, StringComparison.Ordinal);
        Assert.Throws<InputException>(() => DataInfo.Describe(source));
        var noFields = new DataSource { Path = _folder.Write("b.parquet", EmptySchema()) };
        Assert.Throws<InputException>(() => TestData.Load(noFields));
        Assert.Throws<InputException>(() => DataInfo.Describe(noFields));
        Assert.Throws<InputException>(() => TestData.Load(noFields, TargetKind.None));
    }

    [Theory]
    [InlineData(0xE, "plain")]
    [InlineData(0xD, "plain")]
    [InlineData(8, "plain")]
    [InlineData(0xE, "gzip")]
    [InlineData(8, "gzip")]
    public void Idx_HeaderThatPromisesGigabytes_TakesNoMemory(byte type, string form)
    {
        byte[] header = [0, 0, type, 2, 0x07, 0, 0, 0, 0, 0, 0, 10, 1, 2, 3];
        var source = new DataSource
        {
            Path = form == "gzip" ? _folder.WriteGzip("a.idx.gz", header) : _folder.Write("a.idx", header),
        };
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("the header promises 117,440,512 x 10 values",
            TestData.Fails(source, TargetKind.None).Message, StringComparison.Ordinal);
        // The length of a plain file is known before anything is read.
        Assert.InRange(
            GC.GetAllocatedBytesForCurrentThread() - before, 0, form == "gzip" ? 100_000_000 : 1_000_000);
    }

    private static byte[] WithFooter(byte[] begin, int length) =>
        [.. begin, .. BitConverter.GetBytes(length), .. "PAR1"u8];

    private static string Refused(byte[] parquet, string replay)
    {
        string? message = ReadOrRefuse(parquet, replay);
        return message ?? throw new Xunit.Sdk.XunitException($"was read: {replay}");
    }

    /// <summary>What is said of the file. Read on a thread of its own: one that never returns must not stop
    /// the tests.</summary>
    private static string? ReadOrRefuse(byte[] parquet, string replay)
    {
        using var folder = new TempFolder();
        var source = new DataSource { Path = folder.Write("a.parquet", parquet), Missing = "0" };
        var read = Task.Factory.StartNew(
            () => (ReadOrRefuse(() => TestData.Load(source)), ReadOrRefuse(() => DataInfo.Describe(source))),
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            Assert.True(Task.WaitAny([read], Limits.Hang) == 0, $"is read for ever: {replay}");
            return read.GetAwaiter().GetResult().Item1;
        }
        catch (Exception e) when (e is not Xunit.Sdk.XunitException)
        {
            throw new InvalidOperationException(replay, e);
        }
    }

    private static string? ReadOrRefuse(Action read)
    {
        try
        {
            read();
            return null;
        }
        catch (InputException e)
        {
            Assert.All(e.Problems, p => Assert.False(string.IsNullOrWhiteSpace(p)));
            return e.Message;
        }
    }

    private string Encoding() => TestData.Load(
        _folder.Source("train.csv", "a,c,y\n1,u,no\n?,v,yes\n4,u,yes\n5,w,no\n") with
        {
            Categorical = ["c"], Missing = "mean", Standardize = true,
        }, TargetKind.BinaryClass).Encoding.ToJson();

    private static string With(string json, string path, string? value)
    {
        var root = JsonNode.Parse(json)!;
        string[] keys = path.Split('.');
        var at = root;
        foreach (string key in keys[..^1]) at = int.TryParse(key, out int index) ? at[index]! : at[key]!;
        if (value is null) Assert.True(at.AsObject().Remove(keys[^1]));
        else at[keys[^1]] = JsonNode.Parse(value);
        return root.ToJsonString();
    }

    private static async Task<byte[]> ParquetAsync(int rows)
    {
        var x = new DataField<double?>("x");
        var n = new DataField<long>("n");
        var y = new DataField<int>("y");
        using var file = new MemoryStream();
        await using (var writer = await ParquetWriter.CreateAsync(new ParquetSchema(x, n, y), file))
        {
            using var group = writer.CreateRowGroup();
            int[] all = [.. Enumerable.Range(0, rows)];
            await group.WriteAsync<double>(x, all.Select(i => i % 2 == 0 ? (double?)i : null).ToArray());
            await group.WriteAsync<long>(n, all.Select(i => (long)i).ToArray());
            await group.WriteAsync<int>(y, all);
        }
        return file.ToArray();
    }

    /// <summary>The footer of a file whose schema is a root without children, in Thrift's compact protocol.</summary>
    private static byte[] EmptySchema()
    {
        byte[] footer =
        [
            0x15, 2,                                    // 1: version 1
            0x19, 0x1C,                                 // 2: schema, a list of one element
            0x48, 4, .. "root"u8, 0x15, 0, 0,           // 4: its name, 5: no children
            0x16, 0,                                    // 3: no rows
            0x19, 0x0C,                                 // 4: no row groups
            0,
        ];
        return [.. "PAR1"u8, .. footer, (byte)footer.Length, 0, 0, 0, .. "PAR1"u8];
    }
}
