using System.Globalization;

namespace ClusterGd.Core.Convergence;

/// <summary>Stops when the parameters moved less than tolerance × max(‖w‖, 1) since the last evaluation.</summary>
public sealed class ParameterChange(double tolerance) : StopCriterion
{
    public override Verdict Check(Evaluation evaluation)
    {
        double limit = tolerance * Math.Max(evaluation.ParameterNorm, 1);
        // False for NaN, which is what the first evaluation brings.
        return evaluation.ParameterChange < limit
            ? new Verdict(string.Create(CultureInfo.InvariantCulture,
                $"parameterChange: the parameters moved by {evaluation.ParameterChange:G4}, below {limit:G4}"))
            : default;
    }
}
