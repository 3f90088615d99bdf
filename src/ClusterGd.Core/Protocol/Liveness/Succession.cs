using System.Collections.Immutable;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// Which node has the coordinator, as one process sees it: the one that the newest directive is from, as long as it is
/// heard; else the oldest that is heard. Only the coordinator and the heirs, to whom all others make themselves heard,
/// call anybody silent, and of them none that hears no majority, nor one that was away: who is alone should wait and
/// not act. A coordinator that another heir hears, and that hears most itself, stays: only the link between it and this
/// process is broken, and a second coordinator would undo what the first one does. A wrong word does no harm to a
/// result, since terms decide between two coordinators and both would decide the same. Pure: no clock. One owner.
/// </summary>
/// <param name="self">This process's node, or an observer's name.</param>
public sealed class Succession(string self)
{
    /// <summary>A process under full load is heard each few tenths of a second.</summary>
    private static readonly TimeSpan s_silenceMin = TimeSpan.FromSeconds(1), s_silenceMax = TimeSpan.FromSeconds(4);

    /// <summary>The oldest, of whom one is the next coordinator.</summary>
    private const int HeirCount = 3;

    private readonly Dictionary<string, Voice> _voices = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _silent = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TimeSpan> _vouchedFor = new(StringComparer.Ordinal);
    private ImmutableArray<string> _members = [];
    private string? _holder;
    private long _holderTerm = -1;
    private TimeSpan? _lastTick;
    private TimeSpan _now;

    private sealed class Voice(TimeSpan heard)
    {
        public readonly ArrivalDeadline Deadline = new(s_silenceMin, s_silenceMax);
        public TimeSpan Heard = heard;
        public bool HearsMost;
    }

    /// <summary>Where the coordinator is or should be; null without members.</summary>
    public string? Coordinator { get; private set; }

    /// <summary>Members that have not been heard for longer than they use to be silent. Sorted.</summary>
    public IReadOnlyCollection<string> Silent => _silent;

    /// <summary>To whom this process should make itself heard.</summary>
    public IEnumerable<string> Listeners =>
        _members.Take(HeirCount).Append(Coordinator ?? self).Where(node => node != self).Distinct();

    /// <summary>Whether all nodes tell this process that they are there: it has the coordinator, or may be the next.
    /// </summary>
    public bool IsJudge { get; private set; }

    /// <summary>Whether this process is one whom all tell that they are there, and hears a majority of them.</summary>
    public bool HearsMost { get; private set; }

    /// <summary>Whom this process hears itself, of those that hear most.</summary>
    public IEnumerable<string> Heard =>
        _voices.Where(pair => pair.Value.HearsMost && !IsOverdue(pair.Value)).Select(pair => pair.Key);

    /// <param name="oldestFirst">The nodes that may have the coordinator.</param>
    public void MembersAre(ImmutableArray<string> oldestFirst)
    {
        // Who comes under its name is another process, and the one that goes on may have a lower term than it had.
        if (_holder is not null && !oldestFirst.Contains(_holder)) (_holder, _holderTerm) = (null, -1);
        _members = oldestFirst;
        foreach (string gone in _voices.Keys.Except(oldestFirst).ToList()) _voices.Remove(gone);
        _silent.IntersectWith(oldestFirst);
        Choose();
    }

    /// <summary>
    /// A directive of this term has come from this coordinator: so it is there. One that is no member is dead, or will
    /// say so again.
    /// </summary>
    public void Follow(string coordinator, long term, TimeSpan now)
    {
        if (term < _holderTerm || !_members.Contains(coordinator)) return;
        Hear(coordinator, now);
        // Before the first layout two of them may have the same term: were each to follow the other, there were none.
        bool isFirstByName = _holder is not { } other || string.CompareOrdinal(coordinator, other) <= 0;
        if (term == _holderTerm && !isFirstByName && _members.Contains(_holder!) && IsThere(_holder!)) return;
        (_holder, _holderTerm) = (coordinator, term);
        Choose();
    }

    /// <summary>
    /// An observer asks this node to take over, since it and the coordinator do not hear each other. What the old one
    /// has said under its term counts no more; the first layout here has a higher one.
    /// </summary>
    public void TakeOver(string from)
    {
        if (Coordinator != from || from == self || !_members.Contains(self)) return;
        (_holder, _holderTerm) = (self, _holderTerm + 1);
        Choose();
    }

    /// <summary>A node says that it is there.</summary>
    /// <param name="hearsMost">Its <see cref="HearsMost"/>; null where it has not said so.</param>
    /// <param name="heard">Its <see cref="Heard"/>.</param>
    public void Hear(string node, TimeSpan now, bool? hearsMost = null, IEnumerable<string>? heard = null)
    {
        _now = now;
        // This process hears itself only where it has something to say.
        if (node == self || !_members.Contains(node)) return;
        foreach (string other in heard ?? []) _vouchedFor[other] = now;
        if (!_voices.TryGetValue(node, out var voice)) _voices[node] = voice = new Voice(now);
        else if (!_silent.Contains(node)) voice.Deadline.Saw(now - voice.Heard);
        voice.Heard = now;
        voice.HearsMost = hearsMost ?? voice.HearsMost;
        if (_silent.Remove(node)) Choose();
    }

    /// <summary>To be called several times a second.</summary>
    public void Tick(TimeSpan now)
    {
        bool wasAway = _lastTick is { } last && now - last > s_silenceMin;
        bool wasJudge = IsJudge;
        _lastTick = _now = now;
        IsJudge = Coordinator == self || _members.Take(HeirCount).Contains(self);
        if (!IsJudge && _silent.Count > 0)
        {
            _silent.Clear();
            Choose();
        }
        if (wasAway || !wasJudge)
        {
            // What others say has yet to be read, or to be sent here.
            foreach (var voice in _voices.Values) voice.Heard = now;
            return;
        }
        HearsMost = false;
        if (!IsJudge) return;
        var silent = _voices.Where(pair => IsOverdue(pair.Value)).Select(pair => pair.Key).ToList();
        HearsMost = IsMajority(silent);
        if (!HearsMost) return;
        _silent.UnionWith(silent);
        // Whom others hear may have changed as well.
        if (_silent.Count > 0) Choose();
    }

    /// <summary>Whether those that are not silent are more than half, or half with the first by name.</summary>
    private bool IsMajority(List<string> silent)
    {
        int heard = _members.Length - silent.Count;
        return heard * 2 > _members.Length
            || heard * 2 == _members.Length && !silent.Contains(_members.Min(StringComparer.Ordinal)!);
    }

    private bool IsOverdue(Voice voice) => _now - voice.Heard > voice.Deadline.Value;

    private void Choose() => Coordinator =
        _holder is not null && _members.Contains(_holder) && IsThere(_holder) ? _holder
        : _members.FirstOrDefault(node => !_silent.Contains(node));

    private bool IsThere(string holder) => !_silent.Contains(holder)
        || _vouchedFor.TryGetValue(holder, out var at) && _now - at <= s_silenceMin;
}
