using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using ClusterGd.Core.Options;

namespace ClusterGd.Cli.Nodes;

/// <summary>By which address others can reach this machine.</summary>
internal static class MachineAddress
{
    private static IEnumerable<string> All =>
        NetworkInterface.GetAllNetworkInterfaces()
            .Where(face => face.OperationalStatus == OperationalStatus.Up
                && face.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .SelectMany(face => face.GetIPProperties().UnicastAddresses)
            .Where(address => address.Address.AddressFamily == AddressFamily.InterNetwork)
            .Select(address => address.Address.ToString());

    /// <summary>The first that is not loopback, or else 127.0.0.1.</summary>
    public static string First() => All.FirstOrDefault() ?? "127.0.0.1";

    /// <summary>The one that a name of this machine stands for.</summary>
    /// <param name="host">A name, or an address, which stays.</param>
    /// <exception cref="InputException">The name does not resolve.</exception>
    public static async Task<string> OfAsync(string host)
    {
        if (IPAddress.TryParse(host, out _)) return host;
        try
        {
            var found = await Dns.GetHostAddressesAsync(host, AddressFamily.InterNetwork);
            // Debian gives a machine's own name a loopback address, by which nobody else reaches it.
            return found.FirstOrDefault(ip => host == "localhost" || !IPAddress.IsLoopback(ip))?.ToString() ?? First();
        }
        catch (SocketException)
        {
            throw new InputException($"--host is {host}, which resolves to no address; name one of this machine");
        }
    }

    /// <summary>
    /// The one from which a peer is reached: loopback for this machine, else what its route begins with.
    /// </summary>
    /// <param name="host">A name or address.</param>
    public static string Toward(string host)
    {
        try
        {
            // A datagram socket sends nothing when it is connected: it only finds the route.
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(host, 9);
            return ((IPEndPoint)socket.LocalEndPoint!).Address.ToString();
        }
        catch (SocketException)
        {
            return First();
        }
    }
}
