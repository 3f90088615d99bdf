namespace ClusterGd.Core.Protocol;

/// <summary>
/// What a slice's host knows of its backups. It waits for all of them before it makes another update, from the first
/// moment on, so none is ever more than one update behind: whatever a backup lacks when its host dies, the nodes can
/// still compute.
/// </summary>
internal sealed class SliceReplication
{
    private readonly SortedDictionary<string, long> _steps = new(StringComparer.Ordinal);

    public bool Any => _steps.Count > 0;

    /// <summary>The last update, for who lacks it; null where there are no backups.</summary>
    public SliceUpdate? Last { get; private set; }

    /// <summary>Forgets those that are backups no more, and waits for those that are new.</summary>
    public void Follow(IReadOnlyCollection<SliceBackup> backups)
    {
        foreach (string node in _steps.Keys.Where(node => backups.All(b => b.Node != node)).ToList())
        {
            _steps.Remove(node);
        }
        foreach (var backup in backups) _steps.TryAdd(backup.Node, -1);
        if (!Any) Keep(null);
    }

    /// <summary>A backup has come to a step.</summary>
    /// <param name="hostStep">The host's own.</param>
    /// <returns>False where it is so far behind that only the whole state helps.</returns>
    public bool Acknowledge(string node, long step, long hostStep)
    {
        if (step < hostStep && !(step == hostStep - 1 && Last?.Sum.Step == step)) return false;
        _steps[node] = Math.Max(step, _steps[node]);
        return true;
    }

    /// <summary>Whether all have come to a step.</summary>
    public bool HaveAll(long step)
    {
        foreach (var (_, reached) in _steps)
        {
            if (reached < step) return false;
        }
        return true;
    }

    /// <summary>Those that have not come to a step.</summary>
    public IEnumerable<string> Behind(long step) => _steps.Where(pair => pair.Value < step).Select(pair => pair.Key);

    /// <summary>Those that are at a step, as far as is known.</summary>
    public IEnumerable<string> At(long step) => _steps.Where(pair => pair.Value == step).Select(pair => pair.Key);

    /// <summary>Keeps an update for who may lack it, and gives the one before back.</summary>
    /// <param name="update">Its buffer's share is taken over.</param>
    public void Keep(SliceUpdate? update)
    {
        Last?.Sum.Values.Release();
        Last = update;
    }
}
