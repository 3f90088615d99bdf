using System.Globalization;

namespace ClusterGd.Core.Convergence;

/// <summary>
/// Stops when the norm of the objective's gradient over all training rows is small: a proof, for convex losses.
/// </summary>
public sealed class GradientNorm(double tolerance, bool isMaxNorm) : StopCriterion
{
    public override EvaluationNeeds Needs => EvaluationNeeds.FullGradient;

    public override Verdict Check(Evaluation evaluation)
    {
        double norm = isMaxNorm ? evaluation.GradientMaxNorm : evaluation.GradientNorm;
        string name = isMaxNorm ? "maximum" : "Euclidean";
        return norm <= tolerance
            ? new Verdict(string.Create(CultureInfo.InvariantCulture,
                $"gradientNorm: the gradient's {name} norm is {norm:G4}, at most {tolerance:G4}"))
            : default;
    }
}
