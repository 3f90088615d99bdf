namespace ClusterGd.Core.Protocol;

/// <summary>
/// When the gradients of a step use to be there, as a slice sees it. It learns from when half of the shards were, so
/// that a node that is slow does not make its slowness the rule. Pure: no clock. One owner.
/// </summary>
internal sealed class StepArrivals
{
    /// <summary>However regular they come: shorter waits are the work of the machine's scheduler.</summary>
    private static readonly TimeSpan s_min = TimeSpan.FromMilliseconds(25), s_max = TimeSpan.FromSeconds(30);

    private readonly ArrivalDeadline _deadline = new(s_min, s_max);
    private TimeSpan _began;
    private TimeSpan? _half, _all;
    private int _arrived;

    /// <summary>The step may begin.</summary>
    public void Begin(TimeSpan now)
    {
        _began = now;
        _half = _all = null;
        _arrived = 0;
    }

    /// <param name="shards">Of which the gradients have come, of so many.</param>
    public void Came(int shards, int all, TimeSpan now)
    {
        _arrived += shards;
        if (_half is not null || _arrived * 2 < all) return;
        _half = now;
        _deadline.Saw(now - _began);
    }

    /// <summary>Nothing is missing any more.</summary>
    public void Complete(TimeSpan now) => _all ??= now;

    /// <summary>
    /// Since when the others have answered, where what is missing should long be there, or once all is there the
    /// backups' word; else null. Never where less than half is there: then all wait, or this process does.
    /// </summary>
    public TimeSpan? LateSince(TimeSpan now)
    {
        var since = _all ?? _half;
        bool isLate = now - since > s_min && (_all is not null || now - _began > _deadline.Value);
        return isLate ? since : null;
    }
}
