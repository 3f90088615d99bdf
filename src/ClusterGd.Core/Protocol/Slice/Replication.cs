namespace ClusterGd.Core.Protocol;

/// <summary>
/// What a slice's host knows of its backups: how many updates each has made. Whoever goes on in the host's place knows
/// all that anybody has seen: the host never is more than so many updates ahead of a backup, from the first moment on.
/// One owner.
/// </summary>
/// <param name="window">Updates that may be under way to a backup before the host has to wait; ≥ 1.</param>
internal sealed class Replication(int window)
{
    // By backup the updates that it has made; null before it has said so, and where only the whole state helps.
    private readonly SortedDictionary<string, long?> _have = new(StringComparer.Ordinal);
    private readonly HashSet<string> _wanting = new(StringComparer.Ordinal);

    // The newest updates, up to the end: those that a backup may lack. Each has a share of its buffer.
    private readonly List<SliceUpdate> _kept = [];
    private long _end;

    public bool Any => _have.Count > 0;

    /// <summary>Those that only the whole state helps.</summary>
    public IReadOnlyCollection<string> Wanting => _wanting;

    /// <summary>Whether so much is under way that the host has to wait.</summary>
    public bool IsFull
    {
        get
        {
            foreach (var (_, have) in _have)
            {
                if (_end - have >= window) return true;
            }
            return false;
        }
    }

    /// <summary>Whether all have made every update.</summary>
    public bool HaveAll
    {
        get
        {
            foreach (var (_, have) in _have)
            {
                if (!(have >= _end)) return false;
            }
            return true;
        }
    }

    public IEnumerable<string> Behind => _have.Where(pair => !(pair.Value >= _end)).Select(pair => pair.Key);

    /// <summary>Those that have said what they have.</summary>
    public IEnumerable<string> Receivers => _have.Where(pair => pair.Value is not null).Select(pair => pair.Key);

    /// <summary>Forgets those that are backups no more, and waits for those that are new.</summary>
    public void Follow(IReadOnlyCollection<SliceBackup> backups)
    {
        foreach (string node in _have.Keys.Where(node => backups.All(b => b.Node != node)).ToList())
        {
            _have.Remove(node);
            _wanting.Remove(node);
        }
        foreach (var backup in backups) _have.TryAdd(backup.Node, null);
        if (!Any) Forget(_kept.Count);
    }

    /// <summary>The host goes on from here: what backups have is to be heard.</summary>
    /// <param name="end">Updates made.</param>
    public void Begin(long end)
    {
        _end = end;
        Forget(_kept.Count);
        foreach (string node in _have.Keys.ToList()) _have[node] = null;
    }

    /// <summary>One update more, for the <see cref="Receivers"/>. Takes over its buffer's share.</summary>
    public void Add(SliceUpdate update)
    {
        _end = update.Index + 1;
        if (!Any)
        {
            update.Release();
            return;
        }
        _kept.Add(update);
        // Not what all have, nor what is too much to keep for those that have not said anything.
        long needed = _end;
        foreach (var (_, have) in _have) needed = Math.Min(needed, have ?? _end - window);
        Forget((int)Math.Max(0, needed - First));
    }

    /// <summary>A backup says what it has.</summary>
    /// <param name="orderTerm">In which the host's own updates are made.</param>
    /// <returns>False where only the whole state helps.</returns>
    public bool Acknowledge(BackupStep backup, long orderTerm)
    {
        bool isPart = !backup.WantsState && (backup.Step >= _end ? backup.OrderTerm == orderTerm
            : backup.Step >= First && _kept[(int)(backup.Step - First)].OrderTerm == backup.OrderTerm);
        if (!isPart)
        {
            // It may say so once more while its state is on the way.
            _have[backup.Node] = null;
            _wanting.Add(backup.Node);
            return false;
        }
        _have[backup.Node] = Math.Max(backup.Step, _have[backup.Node] ?? 0);
        _wanting.Remove(backup.Node);
        return true;
    }

    /// <summary>A backup asks for the whole state.</summary>
    public void Want(string node) => _wanting.Add(node);

    /// <summary>The whole state is on its way.</summary>
    public void Sent(string node) => _wanting.Remove(node);

    /// <summary>What a backup has, as far as is known; null where it has not said so.</summary>
    public long? StepOf(string node) => _have.GetValueOrDefault(node);

    /// <summary>What a backup lacks, as far as is known. The shares remain here.</summary>
    public IEnumerable<SliceUpdate> MissingAt(string node) =>
        StepOf(node) is { } have ? _kept.Skip((int)Math.Max(0, have - First)) : [];

    /// <summary>The number of the first update that is kept.</summary>
    private long First => _end - _kept.Count;

    private void Forget(int count)
    {
        for (int i = 0; i < count; i++) _kept[i].Release();
        _kept.RemoveRange(0, count);
    }
}
