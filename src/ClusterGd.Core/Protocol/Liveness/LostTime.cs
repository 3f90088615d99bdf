namespace ClusterGd.Core.Protocol;

/// <summary>
/// Tells what costs time again and again from what did so once: a bucket of lost time, which leaks. Pure: no clock. One
/// owner.
/// </summary>
public sealed class LostTime
{
    /// <summary>Of the time: what costs less is no better replaced.</summary>
    private const double Leak = 0.4;

    private const int TimesMin = 4;
    private static readonly TimeSpan s_full = TimeSpan.FromSeconds(1);
    private TimeSpan _level, _at;
    private int _times;

    /// <returns>Whether it is too much. The bucket is empty then.</returns>
    public bool IsTooMuch(TimeSpan lost, TimeSpan now)
    {
        _level -= Leak * (now - _at);
        if (_level <= TimeSpan.Zero) (_level, _times) = (TimeSpan.Zero, 0);
        (_level, _at) = (_level + lost, now);
        if (++_times < TimesMin || _level < s_full) return false;
        (_level, _times) = (TimeSpan.Zero, 0);
        return true;
    }
}
