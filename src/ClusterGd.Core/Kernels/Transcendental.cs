using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ClusterGd.Core.Kernels;

/// <summary>
/// exp, log and their kin from +, −, ×, ÷, fused multiply-add, comparison and integer operations only, so that every
/// machine computes the same bits (libm and its vector variants do not). The scalar form has the bits of the vector
/// form. Not-a-number comes back as it came.
/// </summary>
/// <remarks>
/// Polynomials of Cephes (S. L. Moshier, expf, logf, tanhf). No minimum, maximum, rounding or conversion instruction:
/// those differ between instruction sets in their corners, and a comparison or the right constant does the same.
/// </remarks>
public static partial class Transcendental
{
    /// <summary>1.5·2²³: added to a float of at most 2²², it leaves the nearest integer in the low bits.</summary>
    private const float RoundingMagic = 12582912f;

    /// <summary>eˣ within 1 ulp; 0 below −103.98, +∞ above 88.73.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        if (!Vector512.IsHardwareAccelerated) return Vector512.Create(Exp(x.GetLower()), Exp(x.GetUpper()));

        // x = n·ln 2 + r, |r| ≤ ln 2 / 2; a polynomial in r, scaled by 2ⁿ in two steps so that both factors are normal
        // and subnormal results round once.
        Vector512<float> low = Vector512.Create(-104f), high = Vector512.Create(89f);
        var clamped = Vector512.ConditionalSelect(Vector512.LessThan(x, low), low, x);
        clamped = Vector512.ConditionalSelect(Vector512.GreaterThan(x, high), high, clamped);
        var magic = Vector512.Create(RoundingMagic);
        var rounded = Vector512.FusedMultiplyAdd(clamped, Vector512.Create(1.44269504088896341f), magic);
        var n = rounded - magic;
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-0.693359375f), clamped);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(2.12194440e-4f), r);
        var p = Vector512.Create(1.9875691500e-4f);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.3981999507e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(8.3334519073e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(4.1665795894e-2f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.6666665459e-1f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(5.0000001201e-1f));
        p = Vector512.FusedMultiplyAdd(p, r * r, r) + Vector512<float>.One;
        var exponent = rounded.AsInt32() - magic.AsInt32();
        var half = Vector512.ShiftRightArithmetic(exponent, 1);
        var bias = Vector512.Create(127);
        var scaleA = Vector512.ShiftLeft(half + bias, 23).AsSingle();
        var scaleB = Vector512.ShiftLeft(exponent - half + bias, 23).AsSingle();
        return KeepNaN(x, p * scaleA * scaleB);
    }

    /// <summary>ln x within 1 ulp; −∞ for ±0, not-a-number below.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Log(Vector512<float> x)
    {
        // x = (1 + m)·2ᵉ with 1 + m in [√½, √2).
        var isSubnormal = Vector512.LessThan(x, Vector512.Create(1.17549435e-38f));
        var scaled = Vector512.ConditionalSelect(isSubnormal, x * Vector512.Create(8388608f), x);
        var bits = scaled.AsInt32();
        var e = Vector512.ConvertToSingle(Vector512.ShiftRightArithmetic(bits, 23) - Vector512.Create(126));
        e = Vector512.ConditionalSelect(isSubnormal, e - Vector512.Create(23f), e);
        var m = ((bits & Vector512.Create(0x007FFFFF)) | Vector512.Create(0x3F000000)).AsSingle();
        var isSmall = Vector512.LessThan(m, Vector512.Create(0.707106781186547524f));
        e = Vector512.ConditionalSelect(isSmall, e - Vector512<float>.One, e);
        m = Vector512.ConditionalSelect(isSmall, m + m, m) - Vector512<float>.One;
        var result = LogOf(m, e);
        result = Vector512.ConditionalSelect(
            Vector512.Equals(x, Vector512<float>.Zero), Vector512.Create(float.NegativeInfinity), result);
        result = Vector512.ConditionalSelect(Vector512.Equals(x, Vector512.Create(float.PositiveInfinity)), x, result);
        result = Vector512.ConditionalSelect(
            Vector512.LessThan(x, Vector512<float>.Zero), Vector512.Create(float.NaN), result);
        return KeepNaN(x, result);
    }

    /// <summary>The bits of <see cref="Log(Vector512{float})"/> for x in 1 … 2, at half its cost.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> LogOfOneToTwo(Vector512<float> x)
    {
        var one = Vector512<float>.One;
        var isSmall = Vector512.LessThan(x, Vector512.Create(2 * 0.707106781186547524f));
        var e = Vector512.ConditionalSelect(isSmall, Vector512<float>.Zero, one);
        return LogOf(Vector512.ConditionalSelect(isSmall, x, x * Vector512.Create(0.5f)) - one, e);
    }

    /// <summary>1 / (1 + e⁻ˣ) within 3 ulp, to the smallest subnormal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Sigmoid(Vector512<float> x)
    {
        var exp = Exp(-Vector512.Abs(x));
        return KeepNaN(x, SigmoidOf(x, exp));
    }

    /// <summary>ln(1 + eˣ) within 2 ulp: softplus, the logistic loss of margin −x.</summary>
    public static Vector512<float> Log1pExp(Vector512<float> x) => Log1pExp(x, out _);

    /// <summary>ln(1 + eˣ) and its derivative for little more than one of them.</summary>
    /// <param name="sigmoid">The bits of <see cref="Sigmoid(Vector512{float})"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Log1pExp(Vector512<float> x, out Vector512<float> sigmoid)
    {
        var exp = Exp(-Vector512.Abs(x));
        sigmoid = KeepNaN(x, SigmoidOf(x, exp));

        // max(x, 0) + ln(1 + t), t = e^−|x| ≤ 1: below √2 − 1 it is m itself, above 1 + t is 2·(1 + (t − 1)/2).
        var isLarge = Vector512.GreaterThan(exp, Vector512.Create(0.414213562373095f));
        var halved = (exp - Vector512<float>.One) * Vector512.Create(0.5f);
        var m = Vector512.ConditionalSelect(isLarge, halved, exp);
        var e = Vector512.ConditionalSelect(isLarge, Vector512<float>.One, Vector512<float>.Zero);
        var positive = Vector512.ConditionalSelect(
            Vector512.GreaterThan(x, Vector512<float>.Zero), x, Vector512<float>.Zero);
        return KeepNaN(x, LogOf(m, e) + positive);
    }

    /// <summary>tanh x within 2 ulp.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Tanh(Vector512<float> x)
    {
        var magnitude = Vector512.Abs(x);
        var z = magnitude * magnitude;
        var p = Vector512.Create(-5.70498872745e-3f);
        p = Vector512.FusedMultiplyAdd(p, z, Vector512.Create(2.06390887954e-2f));
        p = Vector512.FusedMultiplyAdd(p, z, Vector512.Create(-5.37397155531e-2f));
        p = Vector512.FusedMultiplyAdd(p, z, Vector512.Create(1.33314422036e-1f));
        p = Vector512.FusedMultiplyAdd(p, z, Vector512.Create(-3.33332819422e-1f));
        var small = Vector512.FusedMultiplyAdd(p * z, magnitude, magnitude);
        var large = Vector512<float>.One
            - Vector512.Create(2f) / (Exp(magnitude + magnitude) + Vector512<float>.One);
        var result = Vector512.ConditionalSelect(Vector512.LessThan(magnitude, Vector512.Create(0.625f)), small, large);
        return KeepNaN(x, Vector512.ConditionalSelect(Vector512.Create(-0f), x, result));
    }

    /// <summary>The vector form's bits for one number.</summary>
    public static float Exp(float x) => Exp(Vector512.Create(x))[0];

    /// <summary>The vector form's bits for one number.</summary>
    public static float Log(float x) => Log(Vector512.Create(x))[0];

    /// <summary>The vector form's bits for one number.</summary>
    public static float Sigmoid(float x) => Sigmoid(Vector512.Create(x))[0];

    /// <summary>The vector form's bits for one number.</summary>
    public static float Log1pExp(float x) => Log1pExp(Vector512.Create(x))[0];

    /// <summary>The vector form's bits for one number.</summary>
    public static float Tanh(float x) => Tanh(Vector512.Create(x))[0];

    /// <summary>e·ln 2 + ln(1 + m), m in [√½ − 1, √2 − 1].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> LogOf(Vector512<float> m, Vector512<float> e)
    {
        if (!Vector512.IsHardwareAccelerated)
        {
            return Vector512.Create(LogOf(m.GetLower(), e.GetLower()), LogOf(m.GetUpper(), e.GetUpper()));
        }

        var z = m * m;
        var p = Vector512.Create(7.0376836292e-2f);
        p = Vector512.FusedMultiplyAdd(p, m, Vector512.Create(-1.1514610310e-1f));
        p = Vector512.FusedMultiplyAdd(p, m, Vector512.Create(1.1676998740e-1f));
        p = Vector512.FusedMultiplyAdd(p, m, Vector512.Create(-1.2420140846e-1f));
        p = Vector512.FusedMultiplyAdd(p, m, Vector512.Create(1.4249322787e-1f));
        p = Vector512.FusedMultiplyAdd(p, m, Vector512.Create(-1.6668057665e-1f));
        p = Vector512.FusedMultiplyAdd(p, m, Vector512.Create(2.0000714765e-1f));
        p = Vector512.FusedMultiplyAdd(p, m, Vector512.Create(-2.4999993993e-1f));
        p = Vector512.FusedMultiplyAdd(p, m, Vector512.Create(3.3333331174e-1f));
        var y = Vector512.FusedMultiplyAdd(m * z, p, e * Vector512.Create(-2.12194440e-4f));
        y = Vector512.FusedMultiplyAdd(z, Vector512.Create(-0.5f), y);
        return Vector512.FusedMultiplyAdd(e, Vector512.Create(0.693359375f), m + y);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> SigmoidOf(Vector512<float> x, Vector512<float> expOfMinusMagnitude)
    {
        var numerator = Vector512.ConditionalSelect(
            Vector512.LessThan(x, Vector512<float>.Zero), expOfMinusMagnitude, Vector512<float>.One);
        return numerator / (expOfMinusMagnitude + Vector512<float>.One);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> KeepNaN(Vector512<float> x, Vector512<float> result) =>
        Vector512.ConditionalSelect(Vector512.Equals(x, x), result, x);
}
