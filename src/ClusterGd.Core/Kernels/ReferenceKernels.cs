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
