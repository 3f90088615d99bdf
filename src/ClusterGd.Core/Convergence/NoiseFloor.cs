using System.Globalization;

namespace ClusterGd.Core.Convergence;

/// <summary>Stops when a step's gradient is no longer than its own noise explains: ‖g‖² ≤ factor · S/B.</summary>
public sealed class NoiseFloor(double factor) : StopCriterion
{
    public override EvaluationNeeds Needs => EvaluationNeeds.GradientNoise;

    public override Verdict Check(Evaluation evaluation) =>
        evaluation.StepGradientSquaredNorm <= factor * evaluation.StepGradientNoise
            ? new Verdict(string.Create(CultureInfo.InvariantCulture,
                $"gradientNoise: a step's gradient has ‖g‖² {evaluation.StepGradientSquaredNorm:G4}, at most {factor:G4} × its noise {evaluation.StepGradientNoise:G4}"))
            : default;
}
