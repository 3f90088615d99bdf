using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace ClusterGd.Cluster.Transport;

/// <summary>
/// A connected socket, read and written by threads that block in the system call: no queue of completions lies between,
/// nothing is allocated. Its receive and send timeouts are the deadlines.
/// </summary>
internal sealed unsafe partial class SocketBytes(Socket socket) : IByteSource, IByteSink
{
    public int Read(Span<byte> destination, bool isBetweenFrames)
    {
        while (true)
        {
            try
            {
                return socket.Receive(destination);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.TimedOut)
            {
                if (!isBetweenFrames)
                {
                    throw new FrameException($"no byte came for {socket.ReceiveTimeout / 1000.0:0.#} s within a frame");
                }
            }
        }
    }

    public void Write(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        if (OperatingSystem.IsWindows() || first.IsEmpty || second.IsEmpty)
        {
            SendAll(first);
            SendAll(second);
            return;
        }
        fixed (byte* start = first, next = second)
        {
            var parts = stackalloc IoVector[] { new(start, (nuint)first.Length), new(next, (nuint)second.Length) };
            long written;
            do written = writev(socket.SafeHandle, parts, 2);
            while (written < 0 && Marshal.GetLastPInvokeError() == InterruptedCall);
            // An error is found again, and named, by the plain sends.
            int sent = (int)Math.Max(written, 0);
            SendAll(first[Math.Min(sent, first.Length)..]);
            SendAll(second[Math.Max(0, sent - first.Length)..]);
        }
    }

    /// <summary>
    /// What was written and has not left this machine, or has not been read where it is for a process of it; the
    /// largest number where the system does not say.
    /// </summary>
    public static int UnsentBytes(Socket socket)
    {
        int unsent = 0;
        if (!OperatingSystem.IsLinux() || ioctl(socket.SafeHandle, OutputQueue, &unsent) < 0) return int.MaxValue;
        return unsent;
    }

    private void SendAll(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty) bytes = bytes[socket.Send(bytes)..];
    }

    private const int InterruptedCall = 4, OutputQueue = 0x5411;

    private readonly struct IoVector(byte* start, nuint length)
    {
        public readonly byte* Start = start;
        public readonly nuint Length = length;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint writev(SafeHandle socket, IoVector* parts, int count);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(SafeHandle socket, nuint request, int* value);
}
