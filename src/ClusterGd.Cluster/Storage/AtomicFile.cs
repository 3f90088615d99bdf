using System.Text;

namespace ClusterGd.Cluster.Storage;

/// <summary>
/// Writes whole files: a reader sees the old one or the new one, never half of it, and after a loss of power as well.
/// </summary>
internal static class AtomicFile
{
    private const string Temporary = ".tmp";

    public static void Write(string path, Action<Stream> write)
    {
        Prepare(path, write);
        Commit(path);
    }

    public static void Write(string path, string text) => Write(path, file => file.Write(Encoding.UTF8.GetBytes(text)));

    /// <summary>Writes the content beside the file and flushes it: what can fail for want of room is done.</summary>
    /// <exception cref="IOException">It is not on the disk, and nothing of it is left.</exception>
    /// <exception cref="UnauthorizedAccessException">As above.</exception>
    public static void Prepare(string path, Action<Stream> write)
    {
        try
        {
            using var file = new FileStream(path + Temporary, FileMode.Create, FileAccess.Write);
            write(file);
            Durable.Flush(file);
        }
        catch
        {
            Discard(path);
            throw;
        }
    }

    /// <summary>Puts what was prepared in the file's place, and returns once its name is on the disk.</summary>
    /// <exception cref="IOException">It is not in its place, or may be lost with the power.</exception>
    /// <exception cref="UnauthorizedAccessException">As above.</exception>
    public static void Commit(string path)
    {
        try
        {
            File.Move(path + Temporary, path, overwrite: true);
        }
        catch
        {
            Discard(path);
            throw;
        }
        Durable.FlushFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Removes what was prepared.</summary>
    public static void Discard(string path)
    {
        try
        {
            File.Delete(path + Temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The failure that led here is what the caller has to know.
        }
    }
}
