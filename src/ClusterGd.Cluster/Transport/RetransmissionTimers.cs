using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace ClusterGd.Cluster.Transport;

/// <summary>
/// Keeps the kernel from waiting longer and longer before it sends a lost packet again. Its pauses double with each
/// loss, up to two minutes: where one packet in five is lost, control messages are 15 s late now and then. Linux only:
/// even pauses while fewer than four packets are under way; from kernel 6.15 on also none over 1 s, and the first only
/// 50 ms longer than a round trip, where it would be 200 ms.
/// </summary>
internal static partial class RetransmissionTimers
{
    private const int TcpLevel = 6, ThinLinearTimeouts = 16, PauseMaxMs = 44, PauseMinMicros = 45;

    /// <summary>The least that the kernel takes for the longest pause; and more than an answer is held back.</summary>
    private const int LongestMs = 1000, ShortestMicros = 50_000;

    /// <summary>For one connection.</summary>
    public static void Set(Socket socket)
    {
        if (OperatingSystem.IsLinux()) Set((int)socket.Handle);
    }

    /// <summary>
    /// For all TCP sockets that this process has now; to be called every second. Akka's transport has no setting for
    /// it, nor a way to its sockets.
    /// </summary>
    public static void SetAll()
    {
        if (!OperatingSystem.IsLinux()) return;
        foreach (string path in Directory.EnumerateFiles("/proc/self/fd"))
        {
            if (int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out int file))
            {
                Set(file);
            }
        }
    }

    /// <summary>A file that is no TCP socket, or has just been closed, refuses; so does an older kernel.</summary>
    private static void Set(int file)
    {
        _ = setsockopt(file, TcpLevel, ThinLinearTimeouts, 1, sizeof(int));
        _ = setsockopt(file, TcpLevel, PauseMaxMs, LongestMs, sizeof(int));
        _ = setsockopt(file, TcpLevel, PauseMinMicros, ShortestMicros, sizeof(int));
    }

    [LibraryImport("libc")]
    private static partial int setsockopt(int socket, int level, int name, in int value, int length);
}
