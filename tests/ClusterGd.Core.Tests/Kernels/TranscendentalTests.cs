using System.Runtime.Intrinsics;
using ClusterGd.Core.Kernels;
using Xunit;
using Xunit.Abstractions;

namespace ClusterGd.Core.Tests.Kernels;

/// <summary>Errors against double precision over every 2,053rd float, subnormals and infinities among them.</summary>
public class TranscendentalTests(ITestOutputHelper output)
{
    private const uint Step = 2053;

    [Fact]
    public void Exp_AllFloats_IsWithinOneUlp() => AssertUlps(1.0, Transcendental.Exp, Math.Exp);

    [Fact]
    public void Log_AllFloats_IsWithinOneUlp() => AssertUlps(1.0, Transcendental.Log, Math.Log);

    [Fact]
    public void Tanh_AllFloats_IsWithinTwoUlp() => AssertUlps(2.0, Transcendental.Tanh, Math.Tanh);

    [Fact]
    public void Sigmoid_AllFloats_IsWithinThreeUlp() =>
        AssertUlps(3.0, Transcendental.Sigmoid, x => x < 0 ? Math.Exp(x) / (1 + Math.Exp(x)) : 1 / (1 + Math.Exp(-x)));

    [Fact]
    public void Log1pExp_AllFloats_IsWithinTwoUlp() =>
        AssertUlps(2.0, Transcendental.Log1pExp, x => Math.Max(x, 0) + LogOnePlus(Math.Exp(-Math.Abs(x))));

    [Fact]
    public void ScalarForms_AnyNumber_HaveTheBitsOfTheVectorForms()
    {
        (Func<float, float> Scalar, Func<Vector512<float>, Vector512<float>> Vector)[] forms =
        [
            (Transcendental.Exp, Transcendental.Exp), (Transcendental.Log, Transcendental.Log),
            (Transcendental.Tanh, Transcendental.Tanh), (Transcendental.Sigmoid, Transcendental.Sigmoid),
            (Transcendental.Log1pExp, Transcendental.Log1pExp),
        ];
        float[] x =
        [
            -104, -88, -1.5f, -1e-30f, -0f, 0, 1e-40f, 0.3f, 1, 2, 50, 88.7f, 89, 1e30f,
            float.PositiveInfinity, float.NaN,
        ];
        foreach (var (scalar, vector) in forms)
        {
            var all = vector(Vector512.Create(x));
            for (int i = 0; i < x.Length; i++)
            {
                Assert.Equal(BitConverter.SingleToInt32Bits(all[i]), BitConverter.SingleToInt32Bits(scalar(x[i])));
            }
        }
    }

    [Fact]
    public void Log1pExp_WithSigmoid_HasTheBitsOfBoth()
    {
        for (float x = -110; x < 110; x += 0.37f)
        {
            var both = Transcendental.Log1pExp(Vector512.Create(x), out var sigmoid);
            Assert.Equal(Transcendental.Log1pExp(x), both[3]);
            Assert.Equal(Transcendental.Sigmoid(x), sigmoid[3]);
        }
    }

    [Fact]
    public void LogOfOneToTwo_EveryFloat_HasTheBitsOfLog()
    {
        // All 2²³ + 1 of them, sixteen at a time; the last sixteen are 2.
        for (int bits = 0x3F80_0000; bits <= 0x4000_0000; bits += 16)
        {
            var x = Vector512.Min(Vector512.Create(bits) + Vector512<int>.Indices, Vector512.Create(0x4000_0000));
            var log = Transcendental.Log(x.AsSingle()).AsInt32();
            var fast = Transcendental.LogOfOneToTwo(x.AsSingle()).AsInt32();
            Assert.True(log == fast, $"from {BitConverter.Int32BitsToSingle(bits):R}: {log}, {fast}");
        }
    }

    [Fact]
    public void ExpDouble_WholeRange_IsWithinOneUlp() =>
        AssertUlpsDouble(1, -745.5, 709.9, Transcendental.Exp, Math.Exp);

    [Fact]
    public void LogDouble_NearOneAndFar_IsWithinThreeUlp()
    {
        AssertUlpsDouble(3, 0.5, 2, Transcendental.Log, Math.Log);
        AssertUlpsDouble(3, 1e-3, 1e6, Transcendental.Log, Math.Log);
        foreach (double x in new[] { 0, double.Epsilon, 1e-310, 1e300, double.MaxValue, double.PositiveInfinity })
        {
            Assert.Equal(Math.Log(x), Transcendental.Log(x), 1e-12);
        }
        Assert.Equal(double.NegativeInfinity, Transcendental.Log(-0.0));
        Assert.True(double.IsNaN(Transcendental.Log(-1.0)) && double.IsNaN(Transcendental.Log(double.NaN)));
    }

    [Fact]
    public void CosDouble_ToAMillion_IsWithin1e15()
    {
        for (int i = -500_000; i <= 500_000; i++)
        {
            double x = i < -400_000 || i > 400_000 ? i * 1.9999 : i * 1e-4;
            Assert.True(Math.Abs(Transcendental.Cos(x) - Math.Cos(x)) <= 1e-15, $"cos {x:R}");
        }
    }

    [Fact]
    public void Power_OneAndAHalf_IsExact()
    {
        Assert.Equal(1, Transcendental.Power(1.5, 0));
        Assert.Equal(7.59375, Transcendental.Power(1.5, 5));
    }

    /// <summary>ln(1 + t) for t in (0, 1] to double precision (Kahan).</summary>
    private static double LogOnePlus(double t) => 1 + t == 1 ? t : Math.Log(1 + t) * t / (1 + t - 1);

    private void AssertUlps(double ulpsMax, Func<Vector512<float>, Vector512<float>> ours, Func<double, double> exact)
    {
        double worst = 0;
        float worstAt = 0;
        var x = new float[16];
        for (ulong bits = 0; bits <= uint.MaxValue;)
        {
            for (int i = 0; i < 16; i++, bits += Step) x[i] = BitConverter.UInt32BitsToSingle((uint)bits);
            if (bits > uint.MaxValue) x[15] = float.NegativeInfinity;
            var y = ours(Vector512.Create(x));
            for (int i = 0; i < 16; i++)
            {
                double expected = exact(x[i]);
                float nearest = (float)expected;
                if (!float.IsFinite(nearest) || float.IsNaN(y[i]))
                {
                    // At the edge of overflow the largest float and infinity are neighbours.
                    bool isNeighbour = y[i] == MathF.CopySign(float.MaxValue, nearest) && float.IsInfinity(nearest);
                    Assert.True(isNeighbour || nearest.Equals(y[i]), $"x = {x[i]:R}: {y[i]:R}, not {nearest:R}");
                    continue;
                }
                float magnitude = Math.Abs(nearest);
                double ulp = Math.Min(MathF.BitIncrement(magnitude) - (double)magnitude, 2.03e31);
                double error = Math.Abs(y[i] - expected) / ulp;
                if (error > worst) (worst, worstAt) = (error, x[i]);
            }
        }
        output.WriteLine($"worst: {worst:F3} ulp at {worstAt:R}");
        Assert.True(worst <= ulpsMax, $"{worst:F3} ulp at {worstAt:R}");
    }

    private void AssertUlpsDouble(
        double ulpsMax, double from, double to, Func<double, double> ours, Func<double, double> libm)
    {
        double worst = 0, worstAt = 0;
        for (int i = 0; i <= 500_000; i++)
        {
            double x = from + (to - from) * i / 500_000, expected = libm(x), y = ours(x);
            if (y.Equals(expected)) continue;
            double error = Math.Abs(y - expected) / (Math.BitIncrement(Math.Abs(expected)) - Math.Abs(expected));
            if (!(error <= worst)) (worst, worstAt) = (error, x);
        }
        output.WriteLine($"worst: {worst:F1} ulp at {worstAt:R}");
        Assert.True(worst <= ulpsMax, $"{worst} ulp at {worstAt:R}");
    }
}
