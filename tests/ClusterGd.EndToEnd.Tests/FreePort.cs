using System.Net;
using System.Net.Sockets;

namespace ClusterGd.EndToEnd.Tests;

internal static class FreePort
{
    /// <summary>A port of loopback that was free a moment ago.</summary>
    public static int Find()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
