using System.IO.Compression;
using System.Text;
using ClusterGd.Core.Jobs;

namespace ClusterGd.Data.Tests;

/// <summary>Files of one test, deleted after it.</summary>
internal sealed class TempFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("clustergd-data-").FullName;

    public string PathOf(string name) => Path.Combine(_path, name);

    public string Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    public string Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(PathOf(name), bytes);
        return PathOf(name);
    }

    public string WriteGzip(string name, params ReadOnlySpan<byte[]> members)
    {
        var file = new MemoryStream();
        foreach (byte[] member in members)
        {
            using var zip = new GZipStream(file, CompressionLevel.Optimal, leaveOpen: true);
            zip.Write(member);
        }
        return Write(name, file.ToArray());
    }

    /// <summary>A source of that name and text.</summary>
    public DataSource Source(string name, string text) => new() { Path = Write(name, text) };

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
