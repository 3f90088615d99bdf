namespace ClusterGd.Core.Protocol;

/// <summary>
/// What the server of a mode knows of its backups: which lines of its order each has. Nothing is published that a
/// backup lacks, so whichever goes on in its place knows all that anybody has seen.
/// </summary>
/// <param name="window">Lines that may be under way to a backup before the server waits.</param>
internal sealed class ModeReplication(int window)
{
    // By backup the lines that it has; null before it has said so, and where only the whole state helps.
    private readonly SortedDictionary<string, int?> _have = new(StringComparer.Ordinal);
    private readonly HashSet<string> _wanting = new(StringComparer.Ordinal);
    private readonly List<ModeEntry> _kept = [];
    private int _end;

    /// <summary>Forgets those that are backups no more, and waits for those that are new.</summary>
    public void Follow(IEnumerable<SliceBackup> backups)
    {
        var nodes = backups.Select(backup => backup.Node).ToHashSet(StringComparer.Ordinal);
        foreach (string node in _have.Keys.Where(node => !nodes.Contains(node)).ToList()) _have.Remove(node);
        foreach (string node in nodes) _have.TryAdd(node, null);
        _wanting.IntersectWith(nodes);
    }

    public bool Any => _have.Count > 0;

    /// <summary>Those that only the whole state helps.</summary>
    public IReadOnlyCollection<string> Wanting => _wanting;

    /// <summary>Whether so much is under way that the server should wait.</summary>
    public bool IsFull => _have.Values.Any(have => have is { } lines && _end - lines >= window);

    /// <summary>Whether all have every line.</summary>
    public bool HaveAll
    {
        get
        {
            foreach (var (_, have) in _have)
            {
                if (have != _end) return false;
            }
            return true;
        }
    }

    public IEnumerable<string> Behind => _have.Where(pair => pair.Value != _end).Select(pair => pair.Key);

    /// <summary>Another order than the one before: none has it.</summary>
    /// <param name="lines">That it has.</param>
    public void Begin(int lines)
    {
        _end = lines;
        _kept.Clear();
        foreach (string node in _have.Keys.ToList()) _have[node] = null;
    }

    /// <summary>A line more, for the <see cref="Receivers"/>.</summary>
    public void Add(ModeEntry entry)
    {
        _end = entry.Index + 1;
        if (!Any) return;
        _kept.Add(entry);
        Forget();
    }

    /// <summary>Those that have said what they have.</summary>
    public IEnumerable<string> Receivers => _have.Where(pair => pair.Value is not null).Select(pair => pair.Key);

    /// <summary>A backup has so many lines of an order.</summary>
    /// <param name="term">Of its order.</param>
    /// <param name="serverTerm">Of the server's.</param>
    /// <returns>False where only the whole state helps.</returns>
    public bool Acknowledge(string node, int lines, long term, long serverTerm)
    {
        int first = _end - _kept.Count;
        bool isPart = lines == _end ? term == serverTerm
            : lines >= first && lines < _end && _kept[lines - first].Term == term;
        if (!isPart)
        {
            // It may say so once more while its state is on the way.
            _have[node] = null;
            _wanting.Add(node);
            return false;
        }
        _have[node] = Math.Max(lines, _have[node] ?? 0);
        _wanting.Remove(node);
        return true;
    }

    /// <summary>A backup asks for the whole state.</summary>
    public void Want(string node) => _wanting.Add(node);

    /// <summary>The whole state is on its way.</summary>
    public void Sent(string node) => _wanting.Remove(node);

    /// <summary>What a backup lacks, as far as is known.</summary>
    public IEnumerable<ModeEntry> MissingAt(string node) =>
        _have[node] is { } lines ? _kept.Skip(lines - (_end - _kept.Count)) : [];

    /// <summary>Whether it has said before what it has.</summary>
    public bool Knows(string node) => _have.GetValueOrDefault(node) is not null;

    /// <summary>What all have, and what is too much to keep for those that have not said anything.</summary>
    private void Forget()
    {
        int needed = _end;
        foreach (var (_, have) in _have) needed = Math.Min(needed, have ?? _end - window);
        int excess = needed - (_end - _kept.Count);
        if (excess > 0) _kept.RemoveRange(0, excess);
    }
}
