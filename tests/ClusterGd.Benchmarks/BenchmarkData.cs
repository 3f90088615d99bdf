namespace ClusterGd.Benchmarks;

/// <summary>
/// Where the public data lies: CLUSTERGD_DATA, or a folder shared/data beside or above the repository.
/// </summary>
internal static class BenchmarkData
{
    public static string? Find(string name)
    {
        if (Environment.GetEnvironmentVariable("CLUSTERGD_DATA") is { } stated
            && Path.Exists(Path.Combine(stated, name)))
        {
            return Path.Combine(stated, name);
        }
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, "shared", "data", name);
            if (Path.Exists(path)) return path;
        }
        return null;
    }
}
