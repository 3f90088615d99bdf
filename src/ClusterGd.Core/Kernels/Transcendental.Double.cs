namespace ClusterGd.Core.Kernels;

/// <remarks>Double precision: for schedules, initialisation and evaluation, never per element of a step.</remarks>
public static partial class Transcendental
{
    /// <summary>eˣ within 1 ulp.</summary>
    public static double Exp(double x)
    {
        if (double.IsNaN(x)) return x;
        if (x > 709.782712893384) return double.PositiveInfinity;
        if (x < -745.2) return 0;
        double n = Math.Floor(Math.FusedMultiplyAdd(x, 1.4426950408889634, 0.5));
        double r = Math.FusedMultiplyAdd(n, -6.93147180369123816490e-01, x);
        r = Math.FusedMultiplyAdd(n, -1.90821492927058770002e-10, r);
        double sum = 1;
        for (int k = 18; k >= 1; k--) sum = Math.FusedMultiplyAdd(r / k, sum, 1);
        return Math.ScaleB(sum, (int)n);
    }

    /// <summary>ln x within 3 ulp; −∞ for ±0, not-a-number below.</summary>
    public static double Log(double x)
    {
        if (!(x > 0) || double.IsPositiveInfinity(x)) return x == 0 ? double.NegativeInfinity : x > 0 ? x : double.NaN;
        int e = Math.ILogB(x);
        double m = Math.ScaleB(x, -e);
        if (m > 1.4142135623730951)
        {
            m /= 2;
            e++;
        }
        double s = (m - 1) / (m + 1), z = s * s, sum = 0;
        for (int k = 27; k >= 1; k -= 2) sum = Math.FusedMultiplyAdd(sum, z, 1.0 / k);
        return Math.FusedMultiplyAdd(e, 0.6931471805599453, 2 * s * sum);
    }

    /// <summary>
    /// ln(1 + u) within 5 ulp for u ≥ 0: the quotient cancels the rounding of 1 + u (Goldberg 1991, theorem 4).
    /// </summary>
    public static double LogOnePlus(double u)
    {
        double onePlus = 1 + u;
        if (onePlus == 1 || double.IsPositiveInfinity(onePlus)) return u;
        return Log(onePlus) * u / (onePlus - 1);
    }

    /// <summary>cos x within 1e-15, |x| ≤ 10⁶.</summary>
    public static double Cos(double x)
    {
        double n = Math.Floor(Math.FusedMultiplyAdd(x, 0.63661977236758134, 0.5));
        double r = Math.FusedMultiplyAdd(n, -1.5707963267948966, x);
        r = Math.FusedMultiplyAdd(n, -6.123233995736766e-17, r);
        double z = r * r, cos = 1, sin = 1;
        for (int k = 20; k >= 2; k -= 2) cos = Math.FusedMultiplyAdd(-z / (k * (k - 1)), cos, 1);
        for (int k = 21; k >= 3; k -= 2) sin = Math.FusedMultiplyAdd(-z / (k * (k - 1)), sin, 1);
        sin *= r;
        return ((long)n & 3) switch { 0 => cos, 1 => -sin, 2 => -cos, _ => sin };
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
