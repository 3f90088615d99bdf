using ClusterGd.Core.Modes;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// DC-ASGD (Zheng et al. 2016, arXiv 1609.08326): g + λ·g⊙g⊙(w − w_read), with the parameters that this very worker
/// read. The adaptive λ is λ₀ / √(MS + ε), MS the moving mean of g⊙g, ε = 1e-7.
/// </summary>
internal sealed class DelayCompensator(Asynchronous mode, int length)
{
    private const double Epsilon = 1e-7;
    private readonly double[] _meanSquare =
        new double[mode.Compensation == DelayCompensation.Adaptive ? length : 0];

    /// <summary>By parameter; empty where λ is constant.</summary>
    public ReadOnlySpan<double> MeanSquare => _meanSquare;

    public void Restore(ReadOnlySpan<double> meanSquare) => meanSquare.CopyTo(_meanSquare);

    /// <summary>Turns a sum of gradients into their compensated mean.</summary>
    public void Apply(Span<float> sum, int count, ReadOnlySpan<float> now, ReadOnlySpan<float> read)
    {
        for (int i = 0; i < sum.Length; i++)
        {
            double g = (double)sum[i] / count, lambda = mode.Lambda;
            if (_meanSquare.Length > 0)
            {
                double meanSquare = mode.Decay * _meanSquare[i] + (1 - mode.Decay) * g * g;
                _meanSquare[i] = meanSquare;
                lambda /= Math.Sqrt(meanSquare + Epsilon);
            }
            sum[i] = (float)(g + lambda * g * g * ((double)now[i] - read[i]));
        }
    }
}
