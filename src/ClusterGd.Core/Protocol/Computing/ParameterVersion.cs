using ClusterGd.Core.Reduction;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// All parameters after a step, as one node has them. Read only; each keeper owns a share of its buffer.
/// </summary>
/// <param name="IsFinal">The result of the run: it comes after the step's own parameters.</param>
public sealed record ParameterVersion(long Step, bool IsFinal, double StepLoss, PooledFloats Values)
{
    public ReadOnlySpan<float> Parameters => Values.Span;
}
