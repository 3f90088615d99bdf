using System.Globalization;

namespace ClusterGd.Core.Convergence;

/// <summary>Stops after a number of steps, exactly.</summary>
public sealed class StepBudget(long count) : StopCriterion
{
    public override long AtStep => count;

    public override Verdict Check(Evaluation evaluation) =>
        evaluation.Step >= count ? new Verdict($"steps: {count} done") : default;
}

/// <summary>Stops after a number of epochs.</summary>
public sealed class EpochBudget(int count) : StopCriterion
{
    public override Verdict Check(Evaluation evaluation) =>
        evaluation.Epoch >= count ? new Verdict($"epochs: {count} done") : default;
}

/// <summary>
/// Stops at the first evaluation after a time. The one criterion outside the promise of equal bits: how many steps fit
/// into the time depends on the machine.
/// </summary>
public sealed class WallTime(double seconds) : StopCriterion
{
    public override Verdict Check(Evaluation evaluation) => evaluation.Elapsed.TotalSeconds >= seconds
        ? new Verdict(string.Create(
            CultureInfo.InvariantCulture, $"wallTime: {evaluation.Elapsed.TotalSeconds:F1} s of {seconds:G4} s"))
        : default;
}
