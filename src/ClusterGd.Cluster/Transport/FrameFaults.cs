using ClusterGd.Cluster.Faults;
using ClusterGd.Core.Faults;

namespace ClusterGd.Cluster.Transport;

/// <summary>
/// What frames suffer on purpose before they reach a connection: the one place of the data plane that knows of faults.
/// </summary>
internal sealed class FrameFaults(LiveFaults faults, FrameFaults.Sender send)
{
    public delegate void Sender(string endpoint, ref OutgoingFrame frame);

    /// <summary>Whether a frame goes on now. If not, it has been released, or goes on later.</summary>
    public bool LetsPass(string endpoint, ref OutgoingFrame frame)
    {
        var fate = faults.FateTo(endpoint, Traffic.Tensor((int)Math.Min(int.MaxValue / 2, frame.PayloadBytes)));
        if (fate.IsPlain) return true;
        if (fate.Lost == FaultKind.Corrupt)
        {
            frame.Spoiler = Math.Max(1, faults.NextDraw());
            return true;
        }
        if (fate.Lost is not null)
        {
            frame.Release();
            return false;
        }
        if (fate.IsDoubled)
        {
            frame.Values?.Retain();
            SendLater(endpoint, frame, fate.Delay);
        }
        if (fate.Delay == TimeSpan.Zero) return true;
        SendLater(endpoint, frame, fate.Delay);
        return false;
    }

    /// <summary>Writes a frame with one bit of it, anywhere, changed after the checksums were made.</summary>
    public static void WriteSpoiled(IByteSink sink, in OutgoingFrame frame)
    {
        var whole = new Collector();
        var writer = new FrameWriter(whole);
        frame.Write(writer);
        writer.Flush();
        byte[] bytes = whole.ToArray();
        uint bit = frame.Spoiler % (uint)Math.Min(uint.MaxValue, bytes.Length * 8L);
        bytes[bit / 8] ^= (byte)(1 << (int)(bit % 8));
        sink.Write(bytes, default);
    }

    private void SendLater(string endpoint, OutgoingFrame frame, TimeSpan delay) => _ = Task.Delay(delay).ContinueWith(
        _ => send(endpoint, ref frame), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);

    private sealed class Collector : IByteSink
    {
        private readonly MemoryStream _bytes = new();

        public void Write(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
        {
            _bytes.Write(first);
            _bytes.Write(second);
        }

        public byte[] ToArray() => _bytes.ToArray();
    }
}
