using System.Globalization;

namespace ClusterGd.Core.Convergence;

/// <summary>Stops when a step's gradient is no longer than its own noise explains: ‖g‖² ≤ factor · S/B.</summary>
public sealed class NoiseFloor(double factor) : StopCriterion
{
    public override EvaluationNeeds Needs => EvaluationNeeds.GradientNoise;

    public override Verdict Check(Evaluation evaluation)
    {
        double squaredNorm = evaluation.StepGradientSquaredNorm, noise = evaluation.StepGradientNoise;
        return squaredNorm <= factor * noise
            ? new Verdict(string.Create(CultureInfo.InvariantCulture,
                $"gradientNoise: a step's ‖g‖² is {squaredNorm:G4}, at most {factor:G4} × its noise {noise:G4}"))
            : default;
    }
}
