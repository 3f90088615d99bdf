using ClusterGd.Core.Kernels;

namespace ClusterGd.Benchmarks;

/// <summary>
/// Processes of one machine exchange a gradient and apply a momentum update, sliced over them, against PyTorch's gloo
/// all-reduce and its SGD step: over the machine's own sockets, as such processes do, and over loopback TCP.
/// </summary>
internal static class ExchangeBenchmark
{
    private const int SliceFloats = 65_536, Rounds = 7;

    private static readonly (string Name, int Floats, int Repeats)[] s_sizes =
    [
        ("64 KiB", 16_384, 200), ("1 MiB", 262_144, 60), ("4 MiB", 1_048_576, 30), ("100 MB", 25_000_000, 5),
    ];

    public static void Run()
    {
        foreach (int count in new[] { 2, 4 })
        {
            foreach (var (name, floats, repeats) in s_sizes) Run(count, name, floats, repeats);
        }
    }

    private static void Run(int count, string name, int floats, int repeats)
    {
        using var peer = Peer.TryStart("exchange.py", 1, $"{count}", $"{floats}", $"{repeats}");
        if (peer is null) return;
        (ElementType Element, bool IsLocal)[] ways =
            [
                (ElementType.Float32, true), (ElementType.Float32, false), (ElementType.BFloat16, true),
                (ElementType.BFloat16, false),
            ];
        var groups = ways
            .Select(w => new ExchangeGroup(count, floats, SliceFloats, w.Element, w.IsLocal, repeats)).ToList();
        // The runtime compiles for speed only after some calls.
        foreach (var group in groups) _ = Enumerable.Range(0, 3).Sum(_ => group.Run());
        var seconds = Measure.Interleaved(Rounds, [peer.Run, .. groups.Select(g => (Func<double>)g.Run)]);
        for (int i = 0; i < ways.Length; i++)
        {
            var (element, isLocal) = ways[i];
            Table.Row(
                $"exchange + momentum, {count} processes, {name}, {element.ToString().ToLowerInvariant()}, " +
                $"{(isLocal ? "local socket" : "TCP")}",
                $"{seconds[i + 1] * 1e3:F2} ms", $"gloo + SGD step, float32 {seconds[0] * 1e3:F2} ms",
                $"{seconds[i + 1] / seconds[0]:F2}×",
                floats > 1 << 22 && element == ElementType.Float32 ? "≤ 0.6×" : "–");
        }
        groups.ForEach(g => g.Dispose());
    }
}
