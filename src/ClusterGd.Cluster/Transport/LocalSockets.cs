using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace ClusterGd.Cluster.Transport;

/// <summary>
/// Between processes of one machine a Unix domain socket in place of TCP over loopback: no packets, no
/// acknowledgements. The exchange of 100 MB with its update takes 0.5 to 0.8 of the time. The socket's name says the
/// listener's TCP address, in Linux's abstract namespace: there is no file to leave behind, and a process sees the name
/// exactly where it sees the address, in the same network namespace.
/// </summary>
internal static class LocalSockets
{
    /// <summary>
    /// To this machine, by TCP too: both sides work at once, and what is on the way stays in the cache. TCP's exchange
    /// takes 0.5 to 0.8 of the time that it takes with a buffer sized by the kernel; Unix sockets' changes little from
    /// 256 KiB to 1 MiB.
    /// </summary>
    public const int SendBufferBytes = 512 << 10;

    /// <summary>Listens beside the TCP listener at this address; null where there is no such thing.</summary>
    /// <exception cref="SocketException">Somebody has taken the name.</exception>
    public static Socket? Listen(EndPoint tcp, TransportOptions options, int backlog)
    {
        if (!IsUsed(options)) return null;
        var socket = Open();
        try
        {
            socket.Bind(NameOf((IPEndPoint)tcp));
            socket.Listen(backlog);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>
    /// A connection to the listener at an address of this machine; null where it is another's address or nobody listens
    /// in this way: TCP then finds out what there is, be it a forwarded port.
    /// </summary>
    /// <param name="opened">Told each socket before it may wait, so that another thread can close it.</param>
    public static Socket? TryConnect(IPEndPoint tcp, TransportOptions options, Action<Socket> opened)
    {
        if (!IsUsed(options) || !IsOfThisMachine(tcp.Address)) return null;
        var any = tcp.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any;
        return TryConnectTo(tcp) ?? TryConnectTo(new IPEndPoint(any, tcp.Port));

        Socket? TryConnectTo(IPEndPoint bound)
        {
            var socket = Open();
            try
            {
                opened(socket);
                socket.SendBufferSize = SendBufferBytes;
                // Connecting waits where too many others do.
                socket.SendTimeout = (int)options.HelloDeadline.TotalMilliseconds;
                socket.Connect(NameOf(bound));
                return socket;
            }
            catch (SocketException)
            {
                socket.Dispose();
                return null;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    /// <summary>A name in the abstract namespace begins with a zero.</summary>
    public static UnixDomainSocketEndPoint NameOf(IPEndPoint tcp) => new($"\0clustergd-tensors-{tcp}");

    public static bool IsOfThisMachine(IPAddress address) => IPAddress.IsLoopback(address)
        || NetworkInterface.GetAllNetworkInterfaces().Any(
            i => i.GetIPProperties().UnicastAddresses.Any(own => own.Address.Equals(address)));

    private static bool IsUsed(TransportOptions options) => options.UsesLocalSockets && OperatingSystem.IsLinux();

    private static Socket Open() => new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
}
