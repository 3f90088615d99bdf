namespace ClusterGd.Core.Protocol;

/// <summary>
/// How long something that comes again and again may stay away: learnt from the gaps seen so far, by the mean and the
/// mean deviation that RFC 6298 keeps of round trips. At least one may be missing, however regular they came.
/// </summary>
/// <param name="min">However regular it came.</param>
/// <param name="max">However irregular it came.</param>
public sealed class ArrivalDeadline(TimeSpan min, TimeSpan max)
{
    private const double MeanWeight = 1 / 8.0, DeviationWeight = 1 / 4.0, Means = 2, Deviations = 8;
    private double _mean, _deviation;
    private bool _hasGap;

    public TimeSpan Value => _hasGap
        ? TimeSpan.FromSeconds(Math.Clamp(
            Means * _mean + Deviations * _deviation, min.TotalSeconds, max.TotalSeconds))
        : max;

    /// <summary>Between two arrivals.</summary>
    public void Saw(TimeSpan gap)
    {
        double seconds = gap.TotalSeconds;
        if (!_hasGap)
        {
            (_mean, _deviation, _hasGap) = (seconds, seconds / 2, true);
            return;
        }
        _deviation += DeviationWeight * (Math.Abs(seconds - _mean) - _deviation);
        _mean += MeanWeight * (seconds - _mean);
    }
}
