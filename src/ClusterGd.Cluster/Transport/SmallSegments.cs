using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;

namespace ClusterGd.Cluster.Transport;

/// <summary>
/// Has all connections to a listening socket send segments that fit the smallest packets a network may have, in both
/// directions. Where large packets vanish, as in a tunnel that takes less than the interface says, a connection
/// otherwise stands still with the first message that fills one. For control messages, which are small; tensors would
/// be slower. Linux only; elsewhere it does nothing.
/// </summary>
internal static partial class SmallSegments
{
    private const int SocketLevel = 1, IsListening = 30, TcpLevel = 6, SegmentMax = 2;

    /// <summary>IPv6 has every network carry 1280 bytes, of which headers take 80.</summary>
    private const int Bytes = 1200;

    private const int PortOffset = 2, AddressLength = 128;

    /// <summary>
    /// To be called once the port is listened on: what connects later heeds it. Akka's transport has no way to its
    /// socket.
    /// </summary>
    public static void SetFor(int port)
    {
        if (!OperatingSystem.IsLinux()) return;
        Span<byte> address = stackalloc byte[AddressLength];
        foreach (string path in Directory.EnumerateFiles("/proc/self/fd"))
        {
            if (!int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out int file))
            {
                continue;
            }
            int listens = 0, length = sizeof(int), addressLength = AddressLength;
            if (getsockopt(file, SocketLevel, IsListening, ref listens, ref length) != 0 || listens == 0) continue;
            if (getsockname(file, ref MemoryMarshal.GetReference(address), ref addressLength) != 0) continue;
            if (BinaryPrimitives.ReadUInt16BigEndian(address[PortOffset..]) != port) continue;
            _ = setsockopt(file, TcpLevel, SegmentMax, Bytes, sizeof(int));
        }
    }

    [LibraryImport("libc")]
    private static partial int getsockopt(int socket, int level, int name, ref int value, ref int length);

    [LibraryImport("libc")]
    private static partial int getsockname(int socket, ref byte address, ref int length);

    [LibraryImport("libc")]
    private static partial int setsockopt(int socket, int level, int name, in int value, int length);
}
