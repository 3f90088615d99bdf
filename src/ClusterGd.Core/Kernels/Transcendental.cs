using System.Runtime.Intrinsics;

namespace ClusterGd.Core.Kernels;

/// <summary>
/// exp, log and their kin from +, −, ×, ÷, fused multiply-add and integer operations only, so that every machine
/// computes the same bits (libm and its vector variants do not). The scalar form gives the bits of the vector form.
/// </summary>
public static class Transcendental
{
    /// <summary>eˣ within 2 ulp; 0 below −103.9, +∞ above 88.72, NaN for NaN.</summary>
    public static Vector512<float> Exp(Vector512<float> x)
    {
        // Cephes expf: x = n·ln 2 + r, |r| ≤ ln 2 / 2, a polynomial of degree 6 in r, scaled by 2ⁿ in two steps so that
        // subnormal results round once.
        var clamped = Vector512.Max(Vector512.Min(x, Vector512.Create(89f)), Vector512.Create(-104f));
        var n = Vector512.Floor(Vector512.FusedMultiplyAdd(
            clamped, Vector512.Create(1.44269504088896341f), Vector512.Create(0.5f)));
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-0.693359375f), clamped);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(2.12194440e-4f), r);
        var p = Vector512.Create(1.9875691500e-4f);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.3981999507e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(8.3334519073e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(4.1665795894e-2f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.6666665459e-1f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(5.0000001201e-1f));
        p = Vector512.FusedMultiplyAdd(p, r * r, r + Vector512<float>.One);
        var exponent = Vector512.ConvertToInt32Native(n);
        var half = Vector512.ShiftRightArithmetic(exponent, 1);
        var bias = Vector512.Create(127);
        var scaleA = Vector512.ShiftLeft(half + bias, 23).AsSingle();
        var scaleB = Vector512.ShiftLeft(exponent - half + bias, 23).AsSingle();
        var result = p * scaleA * scaleB;
        return Vector512.ConditionalSelect(Vector512.Equals(x, x), result, x);
    }

    /// <summary>The vector form's bits for one number.</summary>
    public static float Exp(float x) => Exp(Vector512.Create(x))[0];

    /// <summary>ln x within 2 ulp; −∞ for 0, NaN below.</summary>
    public static Vector512<float> Log(Vector512<float> x)
    {
        // Cephes logf: x = m·2ᵉ with m in [√½, √2), a polynomial of degree 9 in m − 1.
        var isSubnormal = Vector512.LessThan(x, Vector512.Create(1.17549435e-38f));
        var scaled = Vector512.ConditionalSelect(isSubnormal, x * Vector512.Create(8388608f), x);
        var bits = scaled.AsInt32();
        var e = Vector512.ConvertToSingle(Vector512.ShiftRightArithmetic(bits, 23) - Vector512.Create(126));
        e = Vector512.ConditionalSelect(isSubnormal, e - Vector512.Create(23f), e);
        var m = ((bits & Vector512.Create(0x007FFFFF)) | Vector512.Create(0x3F000000)).AsSingle();
        var isSmall = Vector512.LessThan(m, Vector512.Create(0.707106781186547524f));
        e = Vector512.ConditionalSelect(isSmall, e - Vector512<float>.One, e);
        m = Vector512.ConditionalSelect(isSmall, m + m, m) - Vector512<float>.One;
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
        var y = m * z * p;
        y = Vector512.FusedMultiplyAdd(e, Vector512.Create(-2.12194440e-4f), y);
        y = Vector512.FusedMultiplyAdd(z, Vector512.Create(-0.5f), y);
        var result = Vector512.FusedMultiplyAdd(e, Vector512.Create(0.693359375f), m + y);
        result = Vector512.ConditionalSelect(
            Vector512.Equals(x, Vector512<float>.Zero), Vector512.Create(float.NegativeInfinity), result);
        result = Vector512.ConditionalSelect(
            Vector512.Equals(x, Vector512.Create(float.PositiveInfinity)), x, result);
        return Vector512.ConditionalSelect(
            Vector512.GreaterThanOrEqual(x, Vector512<float>.Zero), result, Vector512.Create(float.NaN));
    }

    /// <summary>The vector form's bits for one number.</summary>
    public static float Log(float x) => Log(Vector512.Create(x))[0];

    /// <summary>eˣ in double precision for schedules and initialisation, within 2 ulp.</summary>
    public static double Exp(double x)
    {
        if (double.IsNaN(x)) return x;
        if (x > 709.78) return double.PositiveInfinity;
        if (x < -745.2) return 0;
        double n = Math.Floor(x * 1.4426950408889634 + 0.5);
        double r = Math.FusedMultiplyAdd(n, -6.93147180369123816490e-01, x);
        r = Math.FusedMultiplyAdd(n, -1.90821492927058770002e-10, r);
        double term = 1, sum = 1;
        for (int k = 1; k <= 18; k++) sum += term *= r / k;
        return Math.ScaleB(sum, (int)n);
    }

    /// <summary>ln x in double precision for schedules and initialisation, within 2 ulp; x &gt; 0.</summary>
    public static double Log(double x)
    {
        if (!(x > 0) || double.IsPositiveInfinity(x)) return x == 0 ? double.NegativeInfinity : x > 0 ? x : double.NaN;
        int e = Math.ILogB(x);
        double m = Math.ScaleB(x, -e);
        if (m > 1.4142135623730951) { m /= 2; e++; }
        double s = (m - 1) / (m + 1), z = s * s, sum = 0;
        for (int k = 27; k >= 1; k -= 2) sum = Math.FusedMultiplyAdd(sum, z, 1.0 / k);
        return Math.FusedMultiplyAdd(e, 0.6931471805599453, 2 * s * sum);
    }

    /// <summary>cos x in double precision, |x| ≤ 10⁶, within 1e-15 absolute.</summary>
    public static double Cos(double x)
    {
        double n = Math.Floor(x * 0.63661977236758134 + 0.5);
        double r = Math.FusedMultiplyAdd(n, -1.5707963267948966, x);
        r = Math.FusedMultiplyAdd(n, -6.123233995736766e-17, r);
        long quadrant = (long)n & 3;
        double z = r * r, cos = 1, sin = r, term = 1;
        for (int k = 2; k <= 20; k += 2) cos += term *= -z / (k * (k - 1));
        term = r;
        for (int k = 3; k <= 21; k += 2) sin += term *= -z / (k * (k - 1));
        return quadrant switch { 0 => cos, 1 => -sin, 2 => -cos, _ => sin };
    }

    /// <summary>xᵏ for a whole k ≥ 0, by repeated squaring.</summary>
    public static double Power(double x, long k)
    {
        double result = 1;
        for (; k > 0; k >>= 1, x *= x)
        {
            if ((k & 1) != 0) result *= x;
        }
        return result;
    }
}
