using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace ClusterGd.EndToEnd.Tests.Network;

/// <summary>
/// Sockets of another network namespace. A socket belongs to the namespace of the thread that creates it and stays
/// there whoever uses it; so a thread goes over, creates it and ends.
/// </summary>
internal static partial class NamespaceSocket
{
    private const int CloneNewNet = 0x40000000;

    public static Socket Create(string networkNamespace)
    {
        Socket? socket = null;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                Enter(networkNamespace);
                socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            }
            catch (Exception problem)
            {
                failure = problem;
            }
        });
        thread.Start();
        thread.Join();
        return socket
            ?? throw new InvalidOperationException($"No socket in {networkNamespace}: {failure?.Message}", failure);
    }

    private static void Enter(string networkNamespace)
    {
        using var handle = File.OpenHandle($"/run/netns/{networkNamespace}");
        if (SetNamespace(handle, CloneNewNet) != 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(SafeHandle handle, int kind);
}
