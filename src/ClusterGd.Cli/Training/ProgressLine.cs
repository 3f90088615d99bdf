using ClusterGd.Cli.Terminal;
using ClusterGd.Cluster;
using ClusterGd.Core.Convergence;

namespace ClusterGd.Cli.Training;

/// <summary>What is known of a run, as one line of text.</summary>
/// <param name="rows">Which rows the metrics are of: validation, test or train.</param>
/// <param name="epochsTotal">Most epochs of the job.</param>
/// <param name="timeMax">After which a criterion stops the run; null for none.</param>
internal sealed class ProgressLine(string rows, int epochsTotal, TimeSpan? timeMax = null)
{
    private const int BarMin = 8, BarMax = 24;
    private Progress? _progress;
    private Evaluation? _evaluation;
    private (int Epoch, long Step) _position;

    public bool HasLoss => _progress is not null || _evaluation is not null;

    /// <summary>False for an event that is a sentence of its own.</summary>
    public bool Take(TrainingEvent e)
    {
        switch (e)
        {
            case Progress progress:
                _progress = progress;
                _position = (progress.Epoch, progress.Step);
                return true;
            case Evaluated evaluated:
                _evaluation = evaluated.Evaluation;
                _position = (evaluated.Evaluation.Epoch, evaluated.Evaluation.Step);
                return true;
            case ClusterFormed:
                return true;
            default:
                return false;
        }
    }

    /// <summary>The same columns in every run, so that the lines of two runs can be compared.</summary>
    public string Plain() => Line(int.MaxValue);

    /// <summary>
    /// The same for a terminal of so many columns, behind a bar: without the last metrics, then batch and speed, then
    /// the bar where there is no room.
    /// </summary>
    public string Live(int width)
    {
        if (!HasLoss) return "starting";
        var left = TimeLeft();
        int metrics = Metrics.Count, room = width - BarMin - 2;
        var line = Line(metrics) + left;
        while (metrics > 0 && line.Length >= room) line = Line(--metrics) + left;
        if (line.Length >= room) line = Line(0, hasSteps: false) + left;
        if (line.Length >= width) line = Line(0, hasSteps: false);
        if (line.Length >= width) return line[..Math.Max(0, width - 1)];
        int bar = Math.Min(BarMax, width - line.Length - 3);
        if (_progress is null || bar < BarMin) return line;
        int done = (int)(bar * Fraction(_progress));
        return $"{new string('█', done)}{new string('░', bar - done)} {line}";
    }

    private static double Fraction(Progress p) =>
        p.StepsTotal > 0 ? Math.Clamp((double)p.Step / p.StepsTotal, 0, 1) : 0;

    private List<KeyValuePair<string, double>> Metrics => _evaluation is not { } e ? [] :
        [.. Numbers.Shown(e.ValidationMetrics.IsEmpty ? e.Metrics : e.ValidationMetrics)];

    /// <param name="hasSteps">With what is of the last steps and not of the last evaluation.</param>
    private string Line(int metricsMax, bool hasSteps = true)
    {
        var shown = Metrics.Take(metricsMax).ToList();
        var metrics = shown.Count == 0 ? "" : $"  {rows}: {Numbers.Metrics(shown)}";
        string position = $"epoch {_position.Epoch}/{epochsTotal}  step {_position.Step}";
        return $"{position}{TrainLoss()}{metrics}{(hasSteps || _evaluation is null ? Steps() : "")}";
    }

    /// <summary>Of the last evaluation, and of which where that is not the epoch that is shown.</summary>
    private string TrainLoss()
    {
        if (_evaluation is not { } evaluation) return "";
        string when = evaluation.Epoch == _position.Epoch ? "" : $" (epoch {evaluation.Epoch})";
        return $"  train loss {Numbers.Loss(evaluation.TrainLoss)}{when}";
    }

    private string Steps() => _progress is null ? ""
        : $"  batch loss {Numbers.Short(_progress.BatchLoss)}  {Numbers.Large(_progress.SamplesPerSecond)} samples/s";

    /// <summary>By the epochs at most, or by the limit on time where that comes first.</summary>
    private string TimeLeft()
    {
        if (_progress is not { StepsTotal: > 0 } p || p.Step <= p.FirstStep) return "";
        var left = p.Elapsed * ((double)(p.StepsTotal - p.Step) / (p.Step - p.FirstStep));
        if (timeMax is { } max && max - p.Elapsed < left) left = max > p.Elapsed ? max - p.Elapsed : TimeSpan.Zero;
        return $"  ≤ {Numbers.Duration(left)} left";
    }
}
