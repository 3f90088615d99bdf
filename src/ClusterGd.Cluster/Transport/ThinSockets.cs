using System.Globalization;
using System.Runtime.InteropServices;

namespace ClusterGd.Cluster.Transport;

/// <summary>
/// Has the kernel repeat lost packets of control messages at even times. Akka's transport has no setting for it, nor a
/// way to its sockets, so all TCP sockets of this process get it. A lost packet is repeated after 0.2 s, 0.4 s, 0.8 s …
/// else: where one in five is lost, a node is silent for 6 s now and then, and taken for dead. Linux only.
/// </summary>
internal static partial class ThinSockets
{
    private const int TcpLevel = 6, ThinLinearTimeouts = 16;

    /// <summary>Once for all sockets that there are; to be called every second.</summary>
    public static void SetAll()
    {
        if (!OperatingSystem.IsLinux()) return;
        foreach (string path in Directory.EnumerateFiles("/proc/self/fd"))
        {
            // What is no TCP socket, or has just been closed, refuses.
            if (int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out int file))
            {
                _ = setsockopt(file, TcpLevel, ThinLinearTimeouts, 1, sizeof(int));
            }
        }
    }

    [LibraryImport("libc")]
    private static partial int setsockopt(int socket, int level, int name, in int value, int length);
}
