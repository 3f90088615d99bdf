using ClusterGd.Cluster;
using ClusterGd.Core.Convergence;

namespace ClusterGd.Cli;

/// <summary>What is known of a run, as one line of text.</summary>
/// <param name="hasTest">Whether the metrics are those of test rows.</param>
/// <param name="epochsTotal">Most epochs of the job.</param>
internal sealed class ProgressLine(bool hasTest, int epochsTotal)
{
    private const int BarMin = 8, BarMax = 24;
    private Progress? _progress;
    private Evaluation? _evaluation;
    private double _loss = double.NaN;
    private (int Epoch, long Step) _position;

    public bool HasLoss => !double.IsNaN(_loss);

    /// <summary>False for an event that is a sentence of its own.</summary>
    public bool Take(TrainingEvent e)
    {
        switch (e)
        {
            case Progress progress:
                _progress = progress;
                _loss = progress.Loss;
                _position = (progress.Epoch, progress.Step);
                return true;
            case Evaluated evaluated:
                _evaluation = evaluated.Evaluation;
                _loss = evaluated.Evaluation.TrainLoss;
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
    /// The same for a terminal of so many columns, behind a bar: without the last metrics, then the speed, then the bar
    /// where there is no room.
    /// </summary>
    public string Live(int width)
    {
        if (!HasLoss) return "starting";
        var left = TimeLeft();
        int metrics = Metrics.Count, room = width - BarMin - 2;
        var line = Line(metrics) + left;
        while (metrics > 0 && line.Length >= room) line = Line(--metrics) + left;
        if (line.Length >= room) line = Line(0, hasSpeed: false) + left;
        if (line.Length >= width) line = Line(0, hasSpeed: false);
        if (line.Length >= width) return line[..Math.Max(0, width - 1)];
        int bar = Math.Min(BarMax, width - line.Length - 3);
        if (_progress is null || bar < BarMin) return line;
        int done = (int)(bar * Fraction(_progress));
        return $"{new string('█', done)}{new string('░', bar - done)} {line}";
    }

    private static double Fraction(Progress p) =>
        p.StepsTotal > 0 ? Math.Clamp((double)p.Step / p.StepsTotal, 0, 1) : 0;

    private List<KeyValuePair<string, double>> Metrics =>
        _evaluation is null ? [] : [.. Numbers.Shown(_evaluation.Metrics)];

    private string Line(int metricsMax, bool hasSpeed = true)
    {
        var shown = Metrics.Take(metricsMax).ToList();
        var metrics = shown.Count == 0 ? "" : $"  {(hasTest ? "test" : "train")}: {Numbers.Metrics(shown)}";
        string position = $"epoch {_position.Epoch}/{epochsTotal}  step {_position.Step}";
        return $"{position}  train loss {Numbers.Loss(_loss)}{metrics}{(hasSpeed ? Speed() : "")}";
    }

    private string Speed() => _progress is null ? "" : $"  {Numbers.Large(_progress.SamplesPerSecond)} samples/s";

    private string TimeLeft()
    {
        if (_progress is null || _progress.Step <= _progress.FirstStep || _progress.StepsTotal == 0) return "";
        var left = _progress.Elapsed
            * ((double)(_progress.StepsTotal - _progress.Step) / (_progress.Step - _progress.FirstStep));
        return $"  ≤ {Numbers.Duration(left)} left";
    }
}
