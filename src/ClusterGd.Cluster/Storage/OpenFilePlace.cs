namespace ClusterGd.Cluster.Storage;

/// <summary>
/// Where the folder of an open file is by now. The kernel of Linux knows it even if the folder was renamed or removed;
/// elsewhere the folder counts as being where it was. Thread-safe.
/// </summary>
internal sealed class OpenFilePlace
{
    private const string Removed = " (deleted)";
    private readonly FileStream _file;
    private readonly string? _first;

    /// <param name="file">Believed only as long as it is open.</param>
    public OpenFilePlace(FileStream file)
    {
        _file = file;
        _first = Now();
    }

    /// <summary>The folder; null where it is still the one in which the file was opened.</summary>
    /// <exception cref="IOException">The folder or the file was removed.</exception>
    public string? MovedTo()
    {
        if (Now() is not { } now || now == _first) return null;
        if (!now.EndsWith(Removed, StringComparison.Ordinal)) return Path.GetDirectoryName(now);
        throw new IOException(
            $"{Path.GetDirectoryName(now)} was removed, or the file {Path.GetFileName(_first)} in it.");
    }

    private string? Now()
    {
        if (!OperatingSystem.IsLinux() || _file.SafeFileHandle.IsClosed) return null;
        try
        {
            string link = $"/proc/self/fd/{_file.SafeFileHandle.DangerousGetHandle()}";
            return File.ResolveLinkTarget(link, returnFinalTarget: false)?.FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;   // no /proc here
        }
    }
}
