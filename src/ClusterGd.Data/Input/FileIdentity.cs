using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace ClusterGd.Data;

/// <summary>What a path leads to.</summary>
public enum FileKind
{
    Missing,
    File,
    Folder,

    /// <summary>A pipe or socket: it can be read once, from its beginning.</summary>
    Pipe,

    /// <summary>A terminal or another device.</summary>
    Device,
}

/// <summary>
/// Which file a path leads to, whatever the path: two paths are of one file where kind and key are the same. Links of
/// both kinds are followed, by the file system's own numbers on Linux and by names elsewhere.
/// </summary>
/// <param name="Key">Empty where nothing is there.</param>
public sealed partial record FileIdentity(FileKind Kind, string Key)
{
    private const int BufferBytes = 256, ModeAt = 28, NumberAt = 32, MajorAt = 136, MinorAt = 140;
    private const int CurrentFolder = -100, BasicFields = 0x7ff;

    /// <exception cref="UnauthorizedAccessException">Never: what cannot be looked at counts as missing.</exception>
    public static FileIdentity Of(string path)
    {
        if (OperatingSystem.IsLinux()) return OfLinux(path);
        if (Directory.Exists(path)) return new(FileKind.Folder, Final(path));
        return File.Exists(path) ? new(FileKind.File, Final(path)) : new(FileKind.Missing, "");
    }

    public bool IsSameFile(FileIdentity other) => Kind == FileKind.File && this == other;

    private static FileIdentity OfLinux(string path)
    {
        Span<byte> status = stackalloc byte[BufferBytes];
        ref byte first = ref MemoryMarshal.GetReference(status);
        if (path.Contains('\0') || StatX(CurrentFolder, path, 0, BasicFields, ref first) != 0)
        {
            return new(FileKind.Missing, "");
        }
        var kind = (BinaryPrimitives.ReadUInt16LittleEndian(status[ModeAt..]) & 0xF000) switch
        {
            0x8000 => FileKind.File,
            0x4000 => FileKind.Folder,
            0x1000 or 0xC000 => FileKind.Pipe,
            _ => FileKind.Device,
        };
        ulong number = BinaryPrimitives.ReadUInt64LittleEndian(status[NumberAt..]);
        uint major = BinaryPrimitives.ReadUInt32LittleEndian(status[MajorAt..]);
        uint minor = BinaryPrimitives.ReadUInt32LittleEndian(status[MinorAt..]);
        return new(kind, $"{major}:{minor}:{number}");
    }

    private static string Final(string path)
    {
        string full = Path.GetFullPath(path);
        full = File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full;
        return OperatingSystem.IsWindows() ? full.ToUpperInvariant() : full;
    }

    /// <summary>Fields at the same places on every processor, unlike those of <c>stat</c>.</summary>
    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(int folder, string path, int flags, uint fields, ref byte status);
}
