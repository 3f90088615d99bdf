namespace ClusterGd.Core.Protocol;

/// <summary>
/// What a slice's host knows of its backups. One that it counts is never more than one update behind, since the host
/// waits for it before the next: whatever a backup may lack when its host dies, the nodes can still compute.
/// </summary>
internal sealed class SliceReplication
{
    private readonly SortedDictionary<string, long> _steps = new(StringComparer.Ordinal);
    private SliceUpdate? _last;

    /// <summary>The backups that are counted.</summary>
    public IEnumerable<string> Counted => _steps.Keys;

    public bool Any => _steps.Count > 0;

    /// <summary>The last update, for who lacks it; null where nobody is counted.</summary>
    public SliceUpdate? Last => _last;

    /// <summary>Forgets those that are backups no more.</summary>
    public void Follow(IReadOnlyCollection<string> backups)
    {
        foreach (string node in _steps.Keys.Where(node => !backups.Contains(node)).ToList()) _steps.Remove(node);
        if (_steps.Count == 0) Keep(null);
    }

    /// <summary>A backup has come to a step.</summary>
    /// <param name="hostStep">The host's own.</param>
    /// <returns>False where it is so far behind that only the whole state helps.</returns>
    public bool Acknowledge(string node, long step, long hostStep)
    {
        if (step < hostStep && !(step == hostStep - 1 && _last?.Sum.Step == step)) return false;
        _steps[node] = Math.Max(step, _steps.GetValueOrDefault(node, -1));
        return true;
    }

    /// <summary>Whether all that are counted have come to a step.</summary>
    public bool HaveAll(long step)
    {
        foreach (var (_, reached) in _steps)
        {
            if (reached < step) return false;
        }
        return true;
    }

    /// <summary>The counted ones that are not there yet.</summary>
    public IEnumerable<string> Behind(long step) => _steps.Where(pair => pair.Value < step).Select(pair => pair.Key);

    /// <summary>Keeps an update for who may lack it, and gives the one before back.</summary>
    /// <param name="update">Its buffer's share is taken over.</param>
    public void Keep(SliceUpdate? update)
    {
        _last?.Sum.Values.Release();
        _last = update;
    }
}
