using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace ClusterGd.Cluster.Transport;

/// <summary>The text <c>host:port</c>; an IPv6 address stands in brackets.</summary>
internal static class HostPort
{
    public static (string Host, int Port) Parse(string endpoint)
    {
        int colon = endpoint.LastIndexOf(':');
        if (colon > 0 && ushort.TryParse(
            endpoint.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
        {
            return (endpoint[..colon].Trim('[', ']'), port);
        }
        throw new ArgumentException($"'{endpoint}' is not host:port with a port from 0 to 65535", nameof(endpoint));
    }

    /// <summary>All addresses of a host; asks the name service where it is a name. Throws SocketException.</summary>
    public static IPEndPoint[] Resolve(string host, int port)
    {
        if (IPAddress.TryParse(host, out var address)) return [new IPEndPoint(address, port)];
        var found = Dns.GetHostAddresses(host)
            .Where(a => a.AddressFamily != AddressFamily.InterNetworkV6 || Socket.OSSupportsIPv6);
        return [.. found.Select(a => new IPEndPoint(a, port))];
    }
}
