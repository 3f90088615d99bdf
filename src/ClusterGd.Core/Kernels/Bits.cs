using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ClusterGd.Core.Kernels;

/// <summary>
/// Floats as bit patterns, where -0 is not 0. Every NaN is the same here: its sign and payload depend on which operand
/// of an addition a compiler puts first, so they are outside the promise of equal bits.
/// </summary>
public static class Bits
{
    private const uint Multiplier = 0x9E3779B1, NotANumber = 0x7FC0_0000;

    public static bool AreEqual(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        if (x.Length != y.Length) return false;
        if (MemoryMarshal.AsBytes(x).SequenceEqual(MemoryMarshal.AsBytes(y))) return true;
        for (int i = 0; i < x.Length; i++)
        {
            if (Of(x[i]) != Of(y[i])) return false;
        }
        return true;
    }

    /// <summary>The number's bits; those of one NaN for all of them.</summary>
    public static uint Of(float x) => float.IsNaN(x) ? NotANumber : BitConverter.SingleToUInt32Bits(x);

    /// <inheritdoc cref="Of(float)"/>
    public static ulong Of(double x) => BitConverter.DoubleToUInt64Bits(double.IsNaN(x) ? double.NaN : x);

    /// <summary>Puts one NaN in the place of all of them.</summary>
    public static void UnifyNaN(Span<float> values)
    {
        foreach (ref float x in values)
        {
            if (float.IsNaN(x)) x = BitConverter.UInt32BitsToSingle(NotANumber);
        }
    }

    /// <summary>
    /// A number that differs wherever a single float does, and by chance but once in 2³² where several do: in each of
    /// 64 lanes h ← (h ⊕ x)·m with an odd m, which is one to one in h. The same on every instruction set.
    /// </summary>
    public static ulong Fingerprint(ReadOnlySpan<float> values)
    {
        ref float first = ref MemoryMarshal.GetReference(values);
        var multiplier = Vector512.Create(Multiplier);
        Vector512<uint> a = Vector512<uint>.Zero, b = a, c = a, d = a;
        int i = 0, width = Vector512<uint>.Count;
        for (; i + 4 * width <= values.Length; i += 4 * width)
        {
            a = (a ^ Words(ref first, i)) * multiplier;
            b = (b ^ Words(ref first, i + width)) * multiplier;
            c = (c ^ Words(ref first, i + 2 * width)) * multiplier;
            d = (d ^ Words(ref first, i + 3 * width)) * multiplier;
        }
        ulong hash = (ulong)values.Length;
        for (; i < values.Length; i++) hash = Mixed(hash, Of(values[i]));
        for (int lane = 0; lane < width; lane++)
        {
            hash = Mixed(Mixed(Mixed(Mixed(hash, a[lane]), b[lane]), c[lane]), d[lane]);
        }
        return hash;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Words(ref float first, int i)
    {
        var values = Vector512.LoadUnsafe(ref first, (nuint)i);
        return Vector512.ConditionalSelect(
            Vector512.Equals(values, values).AsUInt32(), values.AsUInt32(), Vector512.Create(NotANumber));
    }

    /// <summary>One to one in either argument.</summary>
    public static ulong Mixed(ulong hash, ulong value) =>
        BitOperations.RotateLeft((hash ^ value) * 0x9E3779B97F4A7C15, 29);
}
