using ClusterGd.Core.Options;

namespace ClusterGd.Cluster.Storage;

/// <summary>Whether a folder can take a run or a report: asked before data is read, which may take long.</summary>
public static class RunPlace
{
    // A mounted disk has it from the beginning.
    private const string OfFileSystem = "lost+found";

    /// <summary>A folder of the user's choice: it may exist, but be of nobody else.</summary>
    /// <param name="option">By which it was named.</param>
    /// <exception cref="InputException">It cannot be used.</exception>
    public static void Require(string path, string option = "--run-dir")
    {
        if (File.Exists(path))
        {
            throw new InputException($"{option} {path} is a file; name a folder that is empty or not there.");
        }
        if (Directory.Exists(path) && Contents(path) is { } something)
        {
            throw new InputException(
                File.Exists(Path.Combine(path, "metrics.jsonl"))
                    ? $"{path} already holds a run; name another folder or remove this one."
                    : $"{option} {path} is not empty ({something}); name a folder that is empty or not there.");
        }
        RequireWritable(path, option);
    }

    /// <summary>A folder that is to be made, or into which another is.</summary>
    /// <inheritdoc cref="Require"/>
    public static void RequireWritable(string path, string option = "--run-dir")
    {
        try
        {
            string folder = Path.GetFullPath(path);
            while (!Directory.Exists(folder))
            {
                if (File.Exists(folder)) throw new IOException($"{folder} is a file.");
                folder = Path.GetDirectoryName(folder)!;
            }
            using var probe = new FileStream(
                Path.Combine(folder, $".clustergd-{Environment.ProcessId}-probe"), new FileStreamOptions
                {
                    Mode = FileMode.Create, Access = FileAccess.Write, Options = FileOptions.DeleteOnClose,
                });
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new InputException(
                $"The folder {path} cannot be written: {problem.Message} Name another by {option}.");
        }
    }

    private static string? Contents(string path)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries(path).Select(Path.GetFileName)
                .FirstOrDefault(name => name != OfFileSystem);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"The folder {path} cannot be read: {problem.Message}");
        }
    }
}
