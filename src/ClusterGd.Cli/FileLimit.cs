using System.Runtime.InteropServices;
using System.Text;
using ClusterGd.Core.Options;
using Microsoft.Win32.SafeHandles;

namespace ClusterGd.Cli;

/// <summary>
/// How many files a process may have open. The runtime raises the soft limit to the hard one by itself; where that is
/// too low, loading an assembly or opening a socket fails anywhere, so it is told before anything begins.
/// </summary>
internal static partial class FileLimit
{
    /// <summary>What every command needs, most of it for the program's own files; one with nodes.</summary>
    private const long Least = 160, LeastWithNodes = 256;

    /// <summary>One more node of this process, or one more process, measured at 4 to 6.</summary>
    private const int PerNode = 8;

    private static readonly string[] s_verbsWithNodes = ["train", "resume", "node", "chaos"];

    /// <summary>
    /// Tells it in a sentence where a command cannot run. To be called first: it needs no file but the runtime's.
    /// </summary>
    public static bool IsTooLow(string[] args)
    {
        bool hasNodes = args.Length > 0 && Array.IndexOf(s_verbsWithNodes, args[0]) >= 0;
        long needed = hasNodes ? LeastWithNodes : Least;
        if (Limit() is not { } limit || limit >= needed) return false;
        using var error = new FileStream(new SafeFileHandle(2, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        error.Write(Encoding.UTF8.GetBytes(Sentence(needed, limit) + "\n"));
        return true;
    }

    /// <param name="nodes">Nodes of this process, or processes that it starts.</param>
    /// <exception cref="InputException">They may not have so many files open.</exception>
    public static void Require(int nodes)
    {
        long needed = LeastWithNodes + (long)PerNode * (nodes - 1);
        if (Limit() is { } limit && limit < needed) throw new InputException(Sentence(needed, limit));
    }

    private static string Sentence(long needed, long limit) =>
        "This process may have " + limit.ToString(null, null) + " files open, and this command needs " +
        needed.ToString(null, null) + ": raise the limit ('ulimit -n " + needed.ToString(null, null) +
        "', or LimitNOFILE of a service).";

    /// <summary>The soft limit; null where there is none or the system does not say.</summary>
    private static long? Limit()
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS()) return null;
        var limit = default(ResourceLimit);
        const int LinuxFiles = 7, MacFiles = 8;
        if (GetLimit(OperatingSystem.IsLinux() ? LinuxFiles : MacFiles, ref limit) != 0) return null;
        return limit.Soft >= long.MaxValue ? null : (long)limit.Soft;
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, ref ResourceLimit limit);

    [StructLayout(LayoutKind.Sequential)]
    private struct ResourceLimit
    {
        public nuint Soft, Hard;
    }
}
