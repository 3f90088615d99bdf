using ClusterGd.Core.Kernels;

namespace ClusterGd.Benchmarks;

/// <summary>
/// Processes on loopback exchange a gradient and apply a momentum update, sliced over them, against PyTorch's gloo
/// all-reduce and its SGD step.
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
        using var full = new ExchangeGroup(count, floats, SliceFloats, ElementType.Float32, repeats);
        using var half = new ExchangeGroup(count, floats, SliceFloats, ElementType.BFloat16, repeats);
        for (int i = 0; i < 3; i++) _ = full.Run() + half.Run();
        var seconds = Measure.Interleaved(Rounds, full.Run, half.Run, peer.Run);
        string target = floats > 1 << 22 ? "≤ 0.6×" : "";
        Row("float32", seconds[0]);
        Row("bfloat16", seconds[1]);

        void Row(string element, double ours) => Table.Row(
            $"exchange + momentum, {count} processes, {name}, {element}", $"{ours * 1e3:F2} ms",
            $"gloo + SGD step, float32 {seconds[2] * 1e3:F2} ms", $"{ours / seconds[2]:F2}×", target);
    }
}
