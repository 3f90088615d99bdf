using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ClusterGd.Core.Kernels;

/// <summary>Floats as bit patterns: where -0 is not 0, and one NaN is another or not.</summary>
public static class Bits
{
    private const uint Multiplier = 0x9E3779B1;

    public static bool AreEqual(ReadOnlySpan<float> x, ReadOnlySpan<float> y) =>
        MemoryMarshal.AsBytes(x).SequenceEqual(MemoryMarshal.AsBytes(y));

    /// <summary>
    /// A number that differs wherever a single float does, and by chance but once in 2³² where several do: in each of
    /// 64 lanes h ← (h ⊕ x)·m with an odd m, which is one to one in h. The same on every instruction set.
    /// </summary>
    public static ulong Fingerprint(ReadOnlySpan<float> values)
    {
        var words = MemoryMarshal.Cast<float, uint>(values);
        var multiplier = Vector512.Create(Multiplier);
        Vector512<uint> a = Vector512<uint>.Zero, b = a, c = a, d = a;
        int i = 0, width = Vector512<uint>.Count;
        for (; i + 4 * width <= words.Length; i += 4 * width)
        {
            a = (a ^ Vector512.Create(words[i..])) * multiplier;
            b = (b ^ Vector512.Create(words[(i + width)..])) * multiplier;
            c = (c ^ Vector512.Create(words[(i + 2 * width)..])) * multiplier;
            d = (d ^ Vector512.Create(words[(i + 3 * width)..])) * multiplier;
        }
        ulong hash = (ulong)values.Length;
        for (; i < words.Length; i++) hash = Mixed(hash, words[i]);
        for (int lane = 0; lane < width; lane++)
        {
            hash = Mixed(Mixed(Mixed(Mixed(hash, a[lane]), b[lane]), c[lane]), d[lane]);
        }
        return hash;
    }

    /// <summary>One to one in either argument.</summary>
    public static ulong Mixed(ulong hash, ulong value) =>
        BitOperations.RotateLeft((hash ^ value) * 0x9E3779B97F4A7C15, 29);
}
