namespace ClusterGd.Core.Protocol;

/// <summary>How long a node has been computing for a step. One owner.</summary>
public sealed class ComputeClock
{
    private long _step = -1;
    private TimeSpan _began;

    /// <summary>A gradient of a step is begun with: the first one counts.</summary>
    public void Began(long step, TimeSpan now)
    {
        if (step != _step) (_step, _began) = (step, now);
    }

    /// <summary>µs since then; 0 of another step.</summary>
    public int MicrosOf(long step, TimeSpan now) =>
        step == _step ? (int)Math.Clamp((now - _began).TotalMicroseconds, 0, int.MaxValue) : 0;
}
