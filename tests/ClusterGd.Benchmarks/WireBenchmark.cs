using System.Diagnostics;
using Akka.Actor;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Benchmarks;

/// <summary>
/// Why tensors have connections of their own: tensors from one process to another over loopback TCP, a few on the way
/// at a time, through Akka.Remote and through the data plane; and how long a control message, which is Akka.Remote's in
/// both, takes there and back beside them.
/// </summary>
internal static class WireBenchmark
{
    private const int Rounds = 5, OnTheWay = 4;
    private static readonly TimeSpan s_time = TimeSpan.FromSeconds(1.5);

    public static void Run()
    {
        using var node = new WireNode("near", null);
        var far = ChildProcess.Start(WireNode.Argument, node.Endpoint);
        string[] addresses = far.StandardOutput.ReadLine()!.Split(' ');
        var actor = node.Find(addresses[0]);
        node.PeerEndpoint = addresses[1];
        var quiet = new List<double>();
        PingUntil(actor, Stopwatch.StartNew(), s_time, []);
        PingUntil(actor, Stopwatch.StartNew(), s_time, quiet);
        Table.Row("control round trip, nothing beside it, p50 / p99", Times(quiet), "the same", "–", "–");
        foreach (var (name, bytes) in new[] { ("64 KiB", 64 << 10), ("1 MiB", 1 << 20), ("16 MiB", 16 << 20) })
        {
            byte[] message = new byte[bytes];
            var floats = new FloatPool(bytes / sizeof(float)).Rent();
            List<double> ourTimes = [], akkaTimes = [];
            double[] seconds = Measure.Interleaved(
                Rounds,
                () => SecondsATensor(node, actor, () => node.Send(floats.Retain()), ourTimes),
                () => SecondsATensor(node, actor, () => node.Tell(actor, message), akkaTimes));
            Table.Row(
                $"tensors of {name}, process to process, TCP", Speed(seconds[0]), $"Akka.Remote {Speed(seconds[1])}",
                $"{seconds[1] / seconds[0]:F1}×", "–");
            Table.Row(
                $"control round trip beside them, p50 / p99", Times(ourTimes), $"Akka.Remote {Times(akkaTimes)}",
                $"{Ratio(50):0.0##}× / {Ratio(99):0.0##}×", "–");

            double Ratio(int percent) => Percentile(ourTimes, percent) / Percentile(akkaTimes, percent);
            string Speed(double s) => $"{bytes / s / 1e6:F0} MB/s";
        }
        ChildProcess.End(far);
    }

    private static double SecondsATensor(WireNode node, IActorRef peer, Action send, List<double> pings)
    {
        var clock = Stopwatch.StartNew();
        var pinging = Task.Factory.StartNew(
            () => PingUntil(peer, clock, s_time, pings), TaskCreationOptions.LongRunning);
        int sent = 0, arrived = 0;
        for (; sent < OnTheWay; sent++) send();
        double seconds = 0;
        for (; arrived < sent; arrived++)
        {
            node.Arrived.Wait();
            if (clock.Elapsed > s_time) continue;
            seconds = clock.Elapsed.TotalSeconds / (arrived + 1);
            send();
            sent++;
        }
        pinging.Wait();
        return seconds > 0 ? seconds : clock.Elapsed.TotalSeconds / arrived;
    }

    /// <summary>One after another, a millisecond apart; adds each one's milliseconds.</summary>
    private static void PingUntil(IActorRef peer, Stopwatch clock, TimeSpan end, List<double> milliseconds)
    {
        while (clock.Elapsed < end)
        {
            long start = Stopwatch.GetTimestamp();
            peer.Ask<string>("ping", TimeSpan.FromSeconds(30)).Wait();
            milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            Thread.Sleep(1);
        }
    }

    private static string Times(List<double> milliseconds) =>
        $"{Percentile(milliseconds, 50):F2} / {Percentile(milliseconds, 99):F2} ms";

    private static double Percentile(List<double> values, int percent)
    {
        values.Sort();
        return values[Math.Min(values.Count - 1, values.Count * percent / 100)];
    }
}
