using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ClusterGd.Core.Kernels;

/// <summary>
/// The long formulas once more, for eight lanes. Where a vector of 16 is a pair of 8, every operation on it is a method
/// to be inlined, and in a loss there are more than the compiler will inline.
/// </summary>
public static partial class Transcendental
{
    /// <summary>Eight lanes of <see cref="Exp(Vector512{float})"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> Exp(Vector256<float> x)
    {
        Vector256<float> low = Vector256.Create(-104f), high = Vector256.Create(89f);
        var clamped = Vector256.ConditionalSelect(Vector256.LessThan(x, low), low, x);
        clamped = Vector256.ConditionalSelect(Vector256.GreaterThan(x, high), high, clamped);
        var magic = Vector256.Create(RoundingMagic);
        var rounded = Vector256.FusedMultiplyAdd(clamped, Vector256.Create(1.44269504088896341f), magic);
        var n = rounded - magic;
        var r = Vector256.FusedMultiplyAdd(n, Vector256.Create(-0.693359375f), clamped);
        r = Vector256.FusedMultiplyAdd(n, Vector256.Create(2.12194440e-4f), r);
        var p = Vector256.Create(1.9875691500e-4f);
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1.3981999507e-3f));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(8.3334519073e-3f));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(4.1665795894e-2f));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1.6666665459e-1f));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(5.0000001201e-1f));
        p = Vector256.FusedMultiplyAdd(p, r * r, r) + Vector256<float>.One;
        var exponent = rounded.AsInt32() - magic.AsInt32();
        var half = Vector256.ShiftRightArithmetic(exponent, 1);
        var bias = Vector256.Create(127);
        var scaleA = Vector256.ShiftLeft(half + bias, 23).AsSingle();
        var scaleB = Vector256.ShiftLeft(exponent - half + bias, 23).AsSingle();
        return KeepNaN(x, p * scaleA * scaleB);
    }

    /// <summary>Eight lanes of <see cref="LogOfOneToTwo(Vector512{float})"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> LogOfOneToTwo(Vector256<float> x)
    {
        var one = Vector256<float>.One;
        var isSmall = Vector256.LessThan(x, Vector256.Create(2 * 0.707106781186547524f));
        var e = Vector256.ConditionalSelect(isSmall, Vector256<float>.Zero, one);
        return LogOf(Vector256.ConditionalSelect(isSmall, x, x * Vector256.Create(0.5f)) - one, e);
    }

    /// <summary>Eight lanes of <see cref="LogOf(Vector512{float}, Vector512{float})"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> LogOf(Vector256<float> m, Vector256<float> e)
    {
        var z = m * m;
        var p = Vector256.Create(7.0376836292e-2f);
        p = Vector256.FusedMultiplyAdd(p, m, Vector256.Create(-1.1514610310e-1f));
        p = Vector256.FusedMultiplyAdd(p, m, Vector256.Create(1.1676998740e-1f));
        p = Vector256.FusedMultiplyAdd(p, m, Vector256.Create(-1.2420140846e-1f));
        p = Vector256.FusedMultiplyAdd(p, m, Vector256.Create(1.4249322787e-1f));
        p = Vector256.FusedMultiplyAdd(p, m, Vector256.Create(-1.6668057665e-1f));
        p = Vector256.FusedMultiplyAdd(p, m, Vector256.Create(2.0000714765e-1f));
        p = Vector256.FusedMultiplyAdd(p, m, Vector256.Create(-2.4999993993e-1f));
        p = Vector256.FusedMultiplyAdd(p, m, Vector256.Create(3.3333331174e-1f));
        var y = Vector256.FusedMultiplyAdd(m * z, p, e * Vector256.Create(-2.12194440e-4f));
        y = Vector256.FusedMultiplyAdd(z, Vector256.Create(-0.5f), y);
        return Vector256.FusedMultiplyAdd(e, Vector256.Create(0.693359375f), m + y);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> KeepNaN(Vector256<float> x, Vector256<float> result) =>
        Vector256.ConditionalSelect(Vector256.Equals(x, x), result, x);
}
