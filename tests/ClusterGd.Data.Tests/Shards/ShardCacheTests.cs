using ClusterGd.Core.Data;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Data.Tests.Shards;

public sealed class ShardCacheTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly List<string> _notes = [];

    [Fact]
    public void TryRead_WrittenShard_IsTheSameForAnotherProcessToo()
    {
        var rows = Rows(2);
        Cache().Write(Key(5), rows, 1, 1);

        var read = (DenseRows)Cache().TryRead(Key(5))!;
        Assert.Equal(1, read.Count);
        Assert.Equal(((DenseRows)rows).Row(1).ToArray(), read.Row(0).ToArray());
        Assert.Equal(
            ["train-5of8.rows"],
            Directory.GetFiles(Path.Combine(CacheFolder, RandomRows.DataHash)).Select(Path.GetFileName));
        Assert.Empty(_notes);
    }

    [Fact]
    public void TryRead_ShardThatIsNotThere_IsNullWithoutANote()
    {
        Cache().Write(Key(5), Rows(1), 0, 1);
        Assert.Null(Cache().TryRead(Key(4)));
        Assert.Null(Cache().TryRead(new ShardKey(RandomRows.DataHash, RowSet.Test, 5, 8)));
        Assert.Empty(_notes);
    }

    [Fact]
    public void TryRead_DamagedFile_IsNamedAndRemoved()
    {
        var cache = Cache();
        cache.Write(Key(0), Rows(3), 0, 3);
        string path = cache.PathOf(Key(0));
        byte[] bytes = File.ReadAllBytes(path);
        bytes[130] ^= 1;
        File.WriteAllBytes(path, bytes);

        Assert.Null(cache.TryRead(Key(0)));
        string note = Assert.Single(_notes);
        Assert.StartsWith(
            $"{path} is damaged and is removed from the cache: the checksum of", note, StringComparison.Ordinal);
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void Write_BeyondTheCap_RemovesWhatWasNotUsedForLongest()
    {
        long bytes = ShardArchive.LengthOf(Key(0), Rows(100), 0, 100);
        var cache = new ShardCache(CacheFolder, new ListLog(_notes), 3 * bytes);
        for (int shard = 0; shard < 3; shard++)
        {
            cache.Write(Key(shard), Rows(100), 0, 100);
            File.SetLastWriteTimeUtc(cache.PathOf(Key(shard)), new DateTime(2020, 1, 1 + shard));
        }
        string stranger = Path.Combine(CacheFolder, "mine.rows");
        File.WriteAllBytes(stranger, new byte[10 * bytes]);

        Assert.NotNull(cache.TryRead(Key(0)));
        cache.Write(Key(3), Rows(100), 0, 100);

        Assert.Null(cache.TryRead(Key(1)));
        Assert.All([0, 2, 3], shard => Assert.NotNull(cache.TryRead(Key(shard))));
        Assert.True(File.Exists(stranger));
    }

    [Fact]
    public void Write_HalfWrittenFileOfACrashedProcess_GoesFirst()
    {
        long bytes = ShardArchive.LengthOf(Key(0), Rows(100), 0, 100);
        var cache = new ShardCache(CacheFolder, new ListLog(_notes), 2 * bytes);
        cache.Write(Key(0), Rows(100), 0, 100);
        string left = cache.PathOf(Key(1)) + ".0123456789abcdef0123456789abcdef.tmp";
        File.WriteAllBytes(left, new byte[bytes]);
        File.SetLastWriteTimeUtc(left, new DateTime(2020, 1, 1));

        cache.Write(Key(2), Rows(100), 0, 100);

        Assert.False(File.Exists(left));
        Assert.NotNull(cache.TryRead(Key(0)));
    }

    [Fact]
    public void Write_ShardLargerThanTheCap_IsNotKept()
    {
        var cache = new ShardCache(CacheFolder, new ListLog(_notes), 100);
        cache.Write(Key(0), Rows(100), 0, 100);
        Assert.Null(cache.TryRead(Key(0)));
    }

    /// <summary>A file where the folder should be: what no user, root included, can write into.</summary>
    [Fact]
    public void Write_FolderThatCannotBe_IsOneNote()
    {
        string file = _folder.Write("file", "");
        var cache = new ShardCache(Path.Combine(file, "cache"), new ListLog(_notes));
        cache.Write(Key(0), Rows(1), 0, 1);
        cache.Write(Key(1), Rows(1), 0, 1);

        Assert.StartsWith(
            $"{Path.Combine(file, "cache")} cannot keep shards, so they stay in memory", Assert.Single(_notes),
            StringComparison.Ordinal);
        Assert.Null(cache.TryRead(Key(0)));
    }

    [Fact]
    public void Write_NoFolder_KeepsNothing()
    {
        var cache = new ShardCache(null, new ListLog(_notes));
        cache.Write(Key(0), Rows(1), 0, 1);
        Assert.Null(cache.TryRead(Key(0)));
        Assert.Empty(_notes);
    }

    [Fact]
    public void Write_ManyThreadsSameShard_IsWholeAtAnyMoment()
    {
        var cache = Cache();
        cache.Write(Key(0), Rows(500), 0, 500);
        Parallel.For(0, 60, i =>
        {
            if (i % 2 == 0) cache.Write(Key(0), Rows(500), 0, 500);
            else Assert.NotNull(cache.TryRead(Key(0)));
        });
        Assert.Empty(_notes);
        Assert.Single(Directory.GetFiles(CacheFolder, "*", SearchOption.AllDirectories));
    }

    [SkippableFact]
    public void Write_OnUnix_FoldersAreTheOwnersAlone()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has no Unix modes");
        Cache().Write(Key(0), Rows(1), 0, 1);
        if (OperatingSystem.IsWindows()) return;
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(Path.Combine(CacheFolder, RandomRows.DataHash)));
    }

    [Theory]
    [InlineData("/var/cache", "/users/a", "/var/cache/clustergd")]
    [InlineData(null, "/users/a", "/users/a/.cache/clustergd")]
    [InlineData("", "/users/a", "/users/a/.cache/clustergd")]
    [InlineData("relative", "/users/a", "/users/a/.cache/clustergd")]
    [InlineData(null, "", null)]
    public void DefaultFolder_FollowsTheEnvironment(string? cacheHome, string home, string? expected) =>
        Assert.Equal(expected, ShardCache.FolderOf(cacheHome, home));

    public void Dispose() => _folder.Dispose();

    private string CacheFolder => _folder.PathOf("cache");

    private ShardCache Cache() => new(CacheFolder, new ListLog(_notes));

    private static ShardKey Key(int shard) => new(RandomRows.DataHash, RowSet.Train, shard, 8);

    private static Rows Rows(int count) =>
        RandomRows.Dense(count, 3, 1, [.. Enumerable.Range(0, count * 4).Select(i => (float)i)]);
}
