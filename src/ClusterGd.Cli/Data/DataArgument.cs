using ClusterGd.Cli.Terminal;
using ClusterGd.Core.Options;
using ClusterGd.Data;

namespace ClusterGd.Cli.Data;

/// <summary>
/// A file of rows that the user named, as a file that can be read more than once: a pipe, or the standard input by
/// <c>-</c>, is first copied into the folder for temporary files, and the copy removed at the end.
/// </summary>
internal sealed class DataArgument : IDisposable
{
    private readonly Cleanup? _cleanup;

    /// <param name="given">As the user wrote it.</param>
    /// <exception cref="InputException">It is a terminal or another device, or the copy cannot be made.</exception>
    public DataArgument(string given)
    {
        bool isStandard = given is "-" or "/dev/stdin" or "/dev/fd/0" or "/proc/self/fd/0";
        string path = isStandard && !OperatingSystem.IsWindows() ? "/dev/stdin" : given;
        var kind = FileIdentity.Of(path).Kind;
        if (isStandard && kind == FileKind.Device)
        {
            throw new InputException(
                $"{given} is the standard input, which is a terminal or device; give it rows by '|' or '<', or name " +
                "a file.");
        }
        bool isCopied = kind == FileKind.Pipe || (isStandard && OperatingSystem.IsWindows());
        if (!isCopied)
        {
            Path = isStandard && kind == FileKind.File
                ? File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName : System.IO.Path.GetFullPath(given);
            return;
        }
        string folder = Directory.CreateTempSubdirectory("clustergd-").FullName;
        Path = System.IO.Path.Combine(folder, isStandard ? "stdin" : System.IO.Path.GetFileName(path));
        _cleanup = new Cleanup(() => Directory.Delete(folder, recursive: true));
        try
        {
            using var from = isStandard ? Console.OpenStandardInput() : File.OpenRead(path);
            using var to = File.Create(Path);
            from.CopyTo(to);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            _cleanup.Dispose();
            throw new InputException(
                $"{given} cannot be kept in {folder} while it is used: {problem.Message} Set TMPDIR to a folder with " +
                "more room, or name a file.");
        }
    }

    /// <summary>Absolute.</summary>
    public string Path { get; }

    public void Dispose() => _cleanup?.Dispose();
}
