using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ClusterGd.Cluster.Storage;

/// <summary>
/// Has the kernel write files and folders to the disk, and believes only what it answers. .NET 10.0.12 on Linux returns
/// normally from <c>Flush(flushToDisk: true)</c> where <c>fsync</c> fails, and has no call for a folder.
/// </summary>
internal static partial class Durable
{
    private const int ReadOnly = 0, Interrupted = 4, Invalid = 22;

    /// <summary>Told the path of each flush that succeeded on this thread, for tests of their order.</summary>
    [ThreadStatic]
    internal static Action<string>? Flushed;

    /// <exception cref="IOException">The disk may not have it. Another try on the same file would prove nothing: the
    /// kernel takes what it could not write for written.</exception>
    public static void Flush(FileStream file)
    {
        file.Flush();
        if (OperatingSystem.IsWindows()) file.Flush(flushToDisk: true);
        else Sync(file.SafeFileHandle, file.Name);
        Flushed?.Invoke(file.Name);
    }

    /// <summary>
    /// So that a name in it, new or changed, is still there after a loss of power. Some file systems, mostly of
    /// networks, say that they cannot: there it does nothing.
    /// </summary>
    /// <inheritdoc cref="Flush"/>
    public static void FlushFolder(string path)
    {
        if (OperatingSystem.IsWindows()) return;
        using var folder = Open(path, ReadOnly);
        if (folder.IsInvalid) throw Failure("opened", path);
        Sync(folder, path, mayBeUnable: true);
        Flushed?.Invoke(path);
    }

    private static void Sync(SafeFileHandle handle, string path, bool mayBeUnable = false)
    {
        while (FSync(handle) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            if (mayBeUnable && error == Invalid) return;
            if (error != Interrupted) throw Failure("written to the disk (fsync)", path);
        }
    }

    private static IOException Failure(string what, string path) =>
        new($"{path} cannot be {what}: {Marshal.GetLastPInvokeErrorMessage()}");

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);
}
