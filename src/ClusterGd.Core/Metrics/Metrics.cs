using System.Collections.Immutable;
using ClusterGd.Core.Data;
using ClusterGd.Core.Losses;

namespace ClusterGd.Core.Metrics;

/// <summary>Every metric there is: add what it needs to <see cref="MetricSums"/> and a row here.</summary>
public static class Metrics
{
    private static readonly ImmutableArray<TargetKind> s_classes = [TargetKind.BinaryClass, TargetKind.Class];
    private static readonly ImmutableArray<TargetKind> s_binary = [TargetKind.BinaryClass];
    private static readonly ImmutableArray<TargetKind> s_numbers = [TargetKind.Number];
    private static readonly ImmutableArray<TargetKind> s_none = [TargetKind.None];

    public static readonly ImmutableArray<Metric> All =
    [
        new("loss", "Mean loss, without penalties.", false, [.. Enum.GetValues<TargetKind>()],
            s => s.LossSum.Value / s.Weight),
        new("accuracy", "Share of rows whose class, or all of whose labels, are predicted.", true,
            [.. s_classes, TargetKind.Labels], s => s.Correct / s.Weight),
        new("labelAccuracy", "Share of labels that are predicted, with several labels a row.", true,
            [TargetKind.Labels], s => s.CorrectLabelSum.Value / s.TargetWeight),
        new("auc", "Area under the receiver operating characteristic.", true, s_binary,
            AreaUnderCurve.Of),
        new("logLoss", "Mean −ln p of the true class, or of each label.", false, [.. s_classes, TargetKind.Labels],
            s => s.LogLossSum.Value / (s.TargetCount > 0 ? s.TargetWeight : s.Weight)) { NeedsProbabilities = true },
        new("rmse", "Root of the mean squared error.", false, s_numbers,
            s => Math.Sqrt(s.SquaredErrorSum.Value / s.TargetWeight)),
        new("mae", "Mean absolute error.", false, s_numbers, s => s.AbsoluteErrorSum.Value / s.TargetWeight),
        new("r2", "Share of the targets' variance that is explained.", true, s_numbers,
            s => 1 - s.SquaredErrorSum.Value / Variation(s)),
        new("inertia", "Sum of squared distances to the nearest centroid.", false, s_none, s => s.LossSum.Value),
    ];

    public static string[] Names => [.. All.Select(metric => metric.Name)];

    /// <summary>The metrics that the targets and the loss of a job can have a value of.</summary>
    public static ImmutableArray<string> NamesFor(TargetKind targetKind, Loss loss) =>
    [
        .. All.Where(m => m.TargetKinds.Contains(targetKind) && (loss.IsLogLoss || !m.NeedsProbabilities))
            .Select(m => m.Name),
    ];

    /// <exception cref="ArgumentException">There is no such metric.</exception>
    public static bool IsHigherBetter(string name) =>
        (All.FirstOrDefault(metric => metric.Name == name)
            ?? throw new ArgumentException($"'{name}' is none of {string.Join(", ", Names)}.")).IsHigherBetter;

    /// <summary>All metrics that apply to the targets and have a value.</summary>
    public static ImmutableSortedDictionary<string, double> Of(MetricSums sums, TargetKind targetKind)
    {
        var values = ImmutableSortedDictionary.CreateBuilder<string, double>(StringComparer.Ordinal);
        foreach (var metric in All)
        {
            double value = sums.Count > 0 && metric.TargetKinds.Contains(targetKind) ? metric.Of(sums) : double.NaN;
            if (!double.IsNaN(value)) values[metric.Name] = value;
        }
        return values.ToImmutable();
    }

    /// <summary>
    /// Σ (target − mean)²; NaN where it is no more than rounding, as with targets that are all the same.
    /// </summary>
    private static double Variation(MetricSums sums)
    {
        double squares = sums.TargetSquareSum.Value;
        double variation = squares - sums.TargetSum.Value * sums.TargetSum.Value / sums.TargetWeight;
        return variation > 1e-14 * squares ? variation : double.NaN;
    }
}
