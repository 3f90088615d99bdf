namespace ClusterGd.Core.Kernels;

/// <summary>Plain loops that say what the fast kernels compute, to the bit. Never optimised, never deleted.</summary>
public static class ReferenceKernels
{
    public static float Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        var lanes = new float[16];
        for (int i = 0; i < x.Length; i++) lanes[i % 16] = MathF.FusedMultiplyAdd(x[i], y[i], lanes[i % 16]);
        return Fold(lanes);
    }

    public static void AddScaled(float a, ReadOnlySpan<float> x, Span<float> y)
    {
        for (int i = 0; i < x.Length; i++) y[i] = MathF.FusedMultiplyAdd(a, x[i], y[i]);
    }

    public static void Add(Span<float> left, ReadOnlySpan<float> right)
    {
        for (int i = 0; i < left.Length; i++) left[i] += right[i];
    }

    public static double SquaredNorm(ReadOnlySpan<float> x) => SquaredDistance(x, new float[x.Length]);

    public static double SquaredDistance(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        var lanes = new double[16];
        for (int i = 0; i < x.Length; i++)
        {
            double difference = (double)x[i] - y[i];
            lanes[i % 16] = Math.FusedMultiplyAdd(difference, difference, lanes[i % 16]);
        }
        return Fold(lanes);
    }

    public static double AbsoluteSum(ReadOnlySpan<float> x)
    {
        var lanes = new double[16];
        for (int i = 0; i < x.Length; i++) lanes[i % 16] += Math.Abs((double)x[i]);
        return Fold(lanes);
    }

    public static float MaxAbsolute(ReadOnlySpan<float> x)
    {
        float max = 0;
        foreach (float value in x) max = Math.Max(max, Math.Abs(value));
        return max;
    }

    public static void Dots(
        ReadOnlySpan<float> values, int stride, ReadOnlySpan<int> rows, ReadOnlySpan<float> weights, float bias,
        Span<float> outputs)
    {
        for (int i = 0; i < outputs.Length; i++)
        {
            outputs[i] = Dot(values.Slice(rows[i] * stride, stride), weights[..stride]) + bias;
        }
    }

    public static void AddScaledRows(
        ReadOnlySpan<float> values, int stride, ReadOnlySpan<int> rows, ReadOnlySpan<float> scales, Span<float> sum)
    {
        for (int i = 0; i < rows.Length; i++)
        {
            for (int j = 0; j < stride; j++)
            {
                sum[j] = MathF.FusedMultiplyAdd(scales[i], values[rows[i] * stride + j], sum[j]);
            }
        }
    }

    public static float SparseDot(ReadOnlySpan<int> columns, ReadOnlySpan<float> values, ReadOnlySpan<float> dense)
    {
        var lanes = new float[4];
        for (int k = 0; k < columns.Length; k++)
        {
            lanes[k % 4] = MathF.FusedMultiplyAdd(values[k], dense[columns[k]], lanes[k % 4]);
        }
        return (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]);
    }

    public static void SparseAddScaled(
        float scale, ReadOnlySpan<int> columns, ReadOnlySpan<float> values, Span<float> dense)
    {
        for (int k = 0; k < columns.Length; k++)
        {
            dense[columns[k]] = MathF.FusedMultiplyAdd(scale, values[k], dense[columns[k]]);
        }
    }

    /// <summary>
    /// The nearest 16-bit element, ties to even. Steps of one unit: the type's smallest number, doubled for each binade
    /// above the first; every code is its number of steps plus 2^mantissa bits for each doubling.
    /// </summary>
    public static ushort Narrow(float x, ElementType type)
    {
        var (mantissaBits, smallest, infinity) = Layout(type);
        uint bits = BitConverter.SingleToUInt32Bits(x);
        int sign = (int)(bits >> 31) << 15;
        if (float.IsNaN(x))
        {
            int payload = (int)((bits & 0x7F_FFFF) >> (23 - mantissaBits)) | 1 << (mantissaBits - 1);
            return (ushort)(sign | infinity | payload);
        }
        if (float.IsInfinity(x)) return (ushort)(sign | infinity);
        double magnitude = Math.Abs((double)x), unit = smallest;
        int doublings = 0;
        for (; magnitude >= unit * (2 << mantissaBits); unit *= 2) doublings++;
        int code = (doublings << mantissaBits) + (int)Math.Round(magnitude / unit, MidpointRounding.ToEven);
        return (ushort)(sign | Math.Min(code, infinity));
    }

    /// <summary>The exact value of a 16-bit element.</summary>
    public static float Widen(ushort code, ElementType type)
    {
        var (mantissaBits, smallest, infinity) = Layout(type);
        uint sign = (uint)(code & 0x8000) << 16;
        int magnitude = code & 0x7FFF;
        if (magnitude >= infinity)
        {
            return BitConverter.UInt32BitsToSingle(
                sign | 0x7F80_0000 | (uint)(magnitude - infinity) << (23 - mantissaBits));
        }
        int doublings = Math.Max((magnitude >> mantissaBits) - 1, 0);
        double unit = smallest;
        for (int i = 0; i < doublings; i++) unit *= 2;
        float value = (float)((magnitude - (doublings << mantissaBits)) * unit);
        return sign == 0 ? value : -value;
    }

    /// <summary>C[m×n] = op(A)·op(B) (+ C): each element one chain of fused multiply-adds over k, in order.</summary>
    public static void Multiply(
        bool transposeA, bool transposeB, int m, int n, int k,
        ReadOnlySpan<float> a, int strideA, ReadOnlySpan<float> b, int strideB, Span<float> c, int strideC,
        bool accumulate)
    {
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                float sum = accumulate ? c[i * strideC + j] : 0;
                for (int p = 0; p < k; p++)
                {
                    float x = transposeA ? a[p * strideA + i] : a[i * strideA + p];
                    float y = transposeB ? b[j * strideB + p] : b[p * strideB + j];
                    sum = MathF.FusedMultiplyAdd(x, y, sum);
                }
                c[i * strideC + j] = sum;
            }
        }
    }

    public static ulong Fingerprint(ReadOnlySpan<float> values)
    {
        var lanes = new uint[64];
        int whole = values.Length / 64 * 64;
        for (int i = 0; i < whole; i++)
        {
            lanes[i % 64] = unchecked((lanes[i % 64] ^ Bits.Of(values[i])) * 0x9E3779B1);
        }
        ulong hash = (ulong)values.Length;
        for (int i = whole; i < values.Length; i++)
        {
            hash = Bits.Mixed(hash, Bits.Of(values[i]));
        }
        for (int lane = 0; lane < 64; lane++) hash = Bits.Mixed(hash, lanes[lane % 4 * 16 + lane / 4]);
        return hash;
    }

    /// <summary>Bits of the mantissa, the smallest number above zero, and infinity's code.</summary>
    private static (int MantissaBits, double Smallest, int Infinity) Layout(ElementType type) => type switch
    {
        ElementType.BFloat16 => (7, float.Epsilon * 65536.0, 0x7F80),
        ElementType.Float16 => (10, 1.0 / (1 << 24), 0x7C00),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "bfloat16 and float16 have 16 bits"),
    };

    /// <summary>Adds the upper half of the lanes to the lower half until one is left.</summary>
    private static T Fold<T>(T[] lanes) where T : System.Numerics.IAdditionOperators<T, T, T>
    {
        for (int width = lanes.Length / 2; width >= 1; width /= 2)
        {
            for (int i = 0; i < width; i++) lanes[i] += lanes[i + width];
        }
        return lanes[0];
    }
}
