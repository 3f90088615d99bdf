using System.Diagnostics;

namespace ClusterGd.Cluster.Transport;

/// <summary>Which refusals were told within the last minute; remembers a bounded number. One thread.</summary>
internal sealed class RefusalLog
{
    private const int EntriesMax = 256;
    private static readonly TimeSpan s_repeatInterval = TimeSpan.FromMinutes(1);
    private readonly Dictionary<string, long> _toldAt = new(StringComparer.Ordinal);

    public bool IsNew(string refusal)
    {
        if (_toldAt.TryGetValue(refusal, out long at) && Stopwatch.GetElapsedTime(at) < s_repeatInterval) return false;
        // Full of different ones within a minute: someone makes them up, and nobody needs to read them all.
        if (_toldAt.Count >= EntriesMax && !ForgetOld()) return false;
        _toldAt[refusal] = Stopwatch.GetTimestamp();
        return true;
    }

    private bool ForgetOld()
    {
        foreach (var (refusal, at) in _toldAt)
        {
            if (Stopwatch.GetElapsedTime(at) >= s_repeatInterval) _toldAt.Remove(refusal);
        }
        return _toldAt.Count < EntriesMax;
    }
}
