namespace ClusterGd.Core.Optimizers;

/// <summary>Clipping by norm: a gradient longer than a limit keeps its direction and gets the limit's length.</summary>
public static class GradientClip
{
    /// <summary>
    /// min(1, limit / (norm + 1e-6)), the factor of PyTorch's <c>clip_grad_norm_</c> with its 1e-6. A norm of NaN
    /// gives NaN, so that a diverged gradient is not mistaken for a clipped one.
    /// </summary>
    /// <param name="norm">‖g‖₂ of the averaged gradient, before penalties.</param>
    /// <param name="limit">&gt; 0, or 0 for no limit.</param>
    public static double Factor(double norm, double limit) =>
        limit == 0 ? 1 : Math.Min(1, limit / (norm + 1e-6));
}
