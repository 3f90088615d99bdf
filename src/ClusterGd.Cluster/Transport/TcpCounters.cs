using System.Buffers.Binary;
using System.Net.Sockets;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Transport;

/// <summary>Reads the kernel's counters of a connection (tcp_info of linux/tcp.h). Linux only.</summary>
internal static class TcpCounters
{
    private const int TcpLevel = 6, TcpInfo = 11;

    /// <summary>Offsets in tcp_info; kernels extend it at its end.</summary>
    private const int LossStateAt = 1, RepeatedAt = 100, DataSegmentsAt = 156, InfoBytes = 160;

    /// <summary>TCP_CA_Recovery and TCP_CA_Loss are larger: lost segments are being sent again.</summary>
    private const int DisorderState = 1;

    /// <summary>Null where the system does not say, or the socket is closed or not of TCP.</summary>
    public static SegmentCounters? Of(Socket socket, long connection)
    {
        if (!OperatingSystem.IsLinux() || socket.AddressFamily == AddressFamily.Unix) return null;
        Span<byte> info = stackalloc byte[InfoBytes];
        try
        {
            if (socket.GetRawSocketOption(TcpLevel, TcpInfo, info) < InfoBytes) return null;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return null;
        }
        return new SegmentCounters(
            connection, info[LossStateAt] <= DisorderState,
            BinaryPrimitives.ReadUInt32LittleEndian(info[DataSegmentsAt..]),
            BinaryPrimitives.ReadUInt32LittleEndian(info[RepeatedAt..]));
    }
}
