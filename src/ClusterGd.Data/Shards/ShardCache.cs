using System.Globalization;
using ClusterGd.Core.Data;
using Microsoft.Extensions.Logging;

namespace ClusterGd.Data;

/// <summary>
/// Shards that a node received, kept in a folder for its next run:
/// <c>&lt;folder&gt;/&lt;content hash&gt;/&lt;train|test&gt;-&lt;shard&gt;of&lt;shards&gt;.rows</c>. A cache only: what
/// fails costs a transfer and is told once. Thread-safe, and processes may share a folder.
/// </summary>
public sealed class ShardCache
{
    public const long BytesMaxDefault = 16L << 30;
    private const string Extension = ".rows";

    private readonly string? _folder;
    private readonly long _bytesMax;
    private readonly ILogger _log;
    private readonly Lock _eviction = new();
    private volatile bool _isOff;

    /// <param name="folder">Made where it is not there; null for no cache.</param>
    /// <param name="log">Warned of what fails.</param>
    /// <param name="bytesMax">Beyond this, what was not used for longest is removed. Default 16 GiB.</param>
    public ShardCache(string? folder, ILogger log, long bytesMax = BytesMaxDefault)
    {
        _folder = folder;
        _log = log;
        _bytesMax = bytesMax;
        _isOff = folder is null;
    }

    /// <summary><c>$XDG_CACHE_HOME/clustergd</c> or <c>~/.cache/clustergd</c>; null where there is no home.</summary>
    public static string? DefaultFolder => FolderOf(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME"),
        Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));

    /// <summary>The rows of the shard, checked; null where they are not here, or damaged, which removes them.</summary>
    public Rows? TryRead(ShardKey key)
    {
        if (_folder is null) return null;
        string path = PathOf(key);
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 0);
            var rows = ShardArchive.Read(file, file.Length, key);
            Touch(path);
            return rows;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (InvalidDataException e)
        {
            _log.CacheFileDamaged(path, e.Message);
            TryDelete(path);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _log.CacheFileUnreadable(path, e.Message);
            return null;
        }
    }

    /// <summary>Keeps rows first … first+count-1 as the shard; a reader sees all of them or none.</summary>
    public void Write(ShardKey key, Rows rows, int first, int count)
    {
        if (_isOff || ShardArchive.LengthOf(key, rows, first, count) > _bytesMax) return;
        string path = PathOf(key);
        // Not the process id, which is 1 in every container that shares the folder.
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            CreateFolder(Path.GetDirectoryName(path)!);
            // Not flushed to the disk: a file torn by a power cut fails its checksum and is fetched again.
            using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0))
            {
                ShardArchive.Write(file, key, rows, first, count);
            }
            File.Move(temporary, path, overwrite: true);
            Evict(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TryDelete(temporary);
            TurnOff(e.Message);
        }
    }

    internal static string? FolderOf(string? cacheHome, string home)
    {
        // The XDG specification: a relative path is invalid and to be ignored.
        if (Path.IsPathFullyQualified(cacheHome ?? "")) return Path.Combine(cacheHome!, "clustergd");
        return home.Length > 0 ? Path.Combine(home, ".cache", "clustergd") : null;
    }

    internal string PathOf(ShardKey key) => Path.Combine(_folder!, key.DataHash, string.Create(
        CultureInfo.InvariantCulture,
        $"{key.Set.ToString().ToLowerInvariant()}-{key.Shard}of{key.ShardCount}{Extension}"));

    /// <summary>Removes the files used longest ago, but not the newest one, until the rest fits.</summary>
    private void Evict(string newest)
    {
        lock (_eviction)
        {
            try
            {
                var files = Files().OrderBy(file => file.Used).ToList();
                long total = files.Sum(file => file.Bytes);
                foreach (var (path, bytes, _) in files)
                {
                    if (total <= _bytesMax) break;
                    if (path == newest) continue;
                    TryDelete(path);
                    total -= bytes;
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Another process evicts too: whoever writes next tries again.
            }
        }
    }

    /// <summary>What this class wrote, and nothing else that may lie in the folder.</summary>
    private IEnumerable<(string Path, long Bytes, DateTime Used)> Files() =>
        from folder in new DirectoryInfo(_folder!).EnumerateDirectories()
        where ShardKey.IsHash(folder.Name)
        // The second star: what a crashed process left half written ages and goes like the rest.
        from file in folder.EnumerateFiles($"*-*of*{Extension}*")
        where Enum.GetNames<RowSet>().Any(set => file.Name.StartsWith($"{set}-", StringComparison.OrdinalIgnoreCase))
        select (file.FullName, file.Length, file.LastWriteTimeUtc);

    /// <summary>The time of the last use is that of the last write, since few file systems keep the former.</summary>
    private static void Touch(string path)
    {
        try
        {
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A cache on a read-only disk has no order of use.
        }
    }

    private void TurnOff(string reason)
    {
        if (_isOff) return;
        _isOff = true;
        _log.CacheOff(_folder!, reason);
    }

    /// <summary>The owner's alone, as the rows may be no one else's business.</summary>
    private static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another process uses it, or has removed it.
        }
    }
}
