using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;

namespace ClusterGd.Data.Input;

/// <summary>Opens files of rows, unpacking them, and says in a sentence why one cannot be opened.</summary>
internal static class InputFile
{
    private const int BufferBytes = 128 * 1024;

    /// <summary>What is wrong with a path before the file is read; null for nothing.</summary>
    public static string? Problem(string path)
    {
        if (path.Length == 0) return "The path of the data is empty: name a file.";
        if (Directory.Exists(path)) return $"{path} is a directory: name a file in it.";
        if (!File.Exists(path)) return $"{path} does not exist{NearestName(path)}";
        // Pipes and devices have no length either, and could block for ever or never end.
        if (new FileInfo(path).Length == 0)
        {
            return $"{path} is empty, or a pipe or device: name a file that holds rows.";
        }
        return null;
    }

    /// <summary>What is wrong with the paths of a source.</summary>
    public static IEnumerable<string> Problems(DataSource source)
    {
        if (Problem(source.Path) is { } problem) yield return problem;
        if (source.Labels is not null && Problem(source.Labels) is { } labels) yield return labels;
        if (source.Weights is not null && Problem(source.Weights) is { } weights) yield return weights;
    }

    /// <summary>The content of a file, unpacked where its bytes show a compression that is read.</summary>
    /// <exception cref="InputException">It cannot be opened, or is of a kind that is not read.</exception>
    public static Stream Open(string path) => Open(path, ReadMeter.Current);

    private static Stream Open(string path, ReadMeter? meter)
    {
        if (Problem(path) is { } problem) throw new InputException(problem);
        try
        {
            var file = meter is null
                ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes)
                : new MeteredFile(path, BufferBytes, meter);
            try
            {
                return Unpack(path, file);
            }
            catch
            {
                file.Dispose();
                throw;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be read: {e.Message}");
        }
    }

    private static Stream Unpack(string path, FileStream file)
    {
        Span<byte> bytes = stackalloc byte[Packing.HeadBytes];
        var head = bytes[..file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)];
        file.Position = 0;
        if (Packing.Of(head) is not { } packing)
        {
            if (JobFormat.Packing(path) is not { } ending) return file;
            throw new InputException(
                $"{path} is named {ending} but is not compressed (it begins with " +
                $"{Convert.ToHexStringLower(head[..Math.Min(2, head.Length)])}): compress it, or rename it.");
        }
        if (packing.Advice is not null) throw Refused(path, "is", packing);
        var content = new PeekedInput(packing.Unpack(path, file), Packing.HeadBytes);
        if (Packing.Of(content.Head) is { } inner) throw Refused(path, $"is {packing.Name} and holds", inner);
        return content;
    }

    private static InputException Refused(string path, string what, Packing packing) => new(
        $"{path} {what} a file of the kind {packing.Name}, which is not read here: "
        + $"{packing.Advice ?? "unpack the outer one"}.");

    /// <summary>Runs what reads files; a disk or permission that fails on the way is told like a file that is
    /// not there.</summary>
    public static T Guard<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"The data cannot be read: {e.Message}");
        }
    }

    /// <summary>The first bytes of the content, fewer where the file is shorter.</summary>
    public static byte[] Head(string path, int length)
    {
        using var stream = Open(path, meter: null);
        var head = new byte[length];
        int count = stream.ReadAtLeast(head, length, throwOnEndOfStream: false);
        return head[..count];
    }

    private static string NearestName(string path)
    {
        string? folder = Path.GetDirectoryName(path);
        if (string.IsNullOrEmpty(folder)) folder = ".";
        if (!Directory.Exists(folder)) return $": there is no folder {folder}: check the path.";
        string wanted = Path.GetFileName(path);
        // In an order of our own: the folder's differs from machine to machine, and the first of equally near ones
        // wins.
        var names = Directory.EnumerateFiles(folder).Take(1000).Select(f => Path.GetFileName(f)!);
        string? nearest = NearestWord.To(wanted, names.Order(StringComparer.Ordinal));
        return nearest is null ? ": check the path." : $": did you mean {Path.Combine(folder, nearest)}?";
    }
}
