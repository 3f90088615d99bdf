namespace ClusterGd.Core.Convergence;

/// <summary>
/// The gradient noise scale's two estimates (McCandlish et al., "An empirical model of large-batch training", 2018,
/// appendix A): from gradients of a small and a big batch, the squared norm of the true gradient and the trace of the
/// gradient's covariance.
/// </summary>
public static class GradientNoise
{
    /// <param name="squaredNormSmall">Mean ‖g‖² over batches of <paramref name="rowsSmall"/> rows.</param>
    /// <param name="squaredNormBig">Mean ‖g‖² over batches of <paramref name="rowsBig"/> rows.</param>
    /// <returns>|G|² and S; NaN where the batches are equally large.</returns>
    public static (double SquaredNorm, double Variance) Estimate(
        double squaredNormSmall, double squaredNormBig, double rowsSmall, double rowsBig)
    {
        if (rowsBig <= rowsSmall) return (double.NaN, double.NaN);
        double signal = (rowsBig * squaredNormBig - rowsSmall * squaredNormSmall) / (rowsBig - rowsSmall);
        double variance = (squaredNormSmall - squaredNormBig) / (1 / rowsSmall - 1 / rowsBig);
        return (signal, variance);
    }
}
