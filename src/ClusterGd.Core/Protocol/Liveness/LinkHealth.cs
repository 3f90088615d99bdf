using System.Collections.Immutable;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// What the tensor plane owes one process, and what it has brought. Every process sends a small probe to every peer
/// several times a second, and now and then a large one, by the connections that tensors take; whatever else comes from
/// a peer counts as well. So silence of the tensor plane is noticed where no tensor is due, and apart from the control
/// plane, in each direction, for each pair. Large packets may be lost alone. Pure: no clock. One owner.
/// </summary>
/// <param name="self">This process's node, or an observer's name.</param>
public sealed class LinkHealth(string self)
{
    /// <summary>How often a small probe goes to each of <see cref="Peers"/>.</summary>
    public static readonly TimeSpan ProbeInterval = TimeSpan.FromMilliseconds(250);

    /// <summary>How often a large one does.</summary>
    public static readonly TimeSpan LargeProbeInterval = TimeSpan.FromMilliseconds(750);

    /// <summary>What counts as large: more than one packet of any usual network, jumbo frames included.</summary>
    public const int LargeBytes = 10 << 10;

    /// <summary>Two probes that did not come: not yet worth a decision, but it says whose link is bad.</summary>
    private static readonly TimeSpan s_suspect = TimeSpan.FromSeconds(1), s_largeSuspect = TimeSpan.FromSeconds(1.6);

    private static readonly TimeSpan s_min = TimeSpan.FromSeconds(1.6), s_max = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_largeMin = TimeSpan.FromSeconds(2), s_largeMax = TimeSpan.FromSeconds(3);

    /// <summary>Arrivals closer than this say nothing of how long a pause may last.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    /// <summary>A peer that is new has so long to connect, beyond its deadline.</summary>
    private static readonly TimeSpan s_connecting = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan s_away = TimeSpan.FromSeconds(1), s_strangerTime = TimeSpan.FromSeconds(5);

    private readonly SortedDictionary<string, Link> _links = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Link> _strangers = new(StringComparer.Ordinal);
    private TimeSpan? _lastTick;

    /// <summary>What comes from one peer.</summary>
    private sealed class Link(TimeSpan from)
    {
        public readonly ArrivalDeadline Deadline = new(s_min, s_max), LargeDeadline = new(s_largeMin, s_largeMax);
        public TimeSpan Heard = from, HeardLarge = from;
    }

    /// <summary>
    /// To whom probes go: all that have work, or are to have some, and the observers; and who has sent something
    /// lately, so that one without work can find out whether its links are good again.
    /// </summary>
    public IEnumerable<string> Peers => _links.Keys.Union(_strangers.Keys);

    /// <summary>Who the peers are from now on.</summary>
    public void Follow(RunDirective directive, TimeSpan now)
    {
        var peers = directive.Layout.Nodes.Union(directive.Next?.Nodes ?? []).Union(directive.Layout.Observers)
            .Where(peer => peer != self).ToHashSet(StringComparer.Ordinal);
        foreach (string gone in _links.Keys.Where(peer => !peers.Contains(peer)).ToList()) _links.Remove(gone);
        foreach (string peer in peers)
        {
            if (_links.ContainsKey(peer)) continue;
            _links[peer] = _strangers.GetValueOrDefault(peer) ?? new Link(now + s_connecting);
            _strangers.Remove(peer);
        }
    }

    /// <summary>Something has come from a peer by the tensor plane.</summary>
    /// <param name="isLarge">At least <see cref="LargeBytes"/> in one frame.</param>
    public void Hear(string peer, bool isLarge, TimeSpan now)
    {
        if (!_links.TryGetValue(peer, out var link) && !_strangers.TryGetValue(peer, out link))
        {
            _strangers[peer] = link = new Link(now + s_connecting);
        }
        See(link.Deadline, ref link.Heard, now);
        if (isLarge) See(link.LargeDeadline, ref link.HeardLarge, now);
    }

    /// <summary>To be called several times a second.</summary>
    public void Tick(TimeSpan now)
    {
        foreach (string gone in _strangers.Where(pair => now - pair.Value.Heard > s_strangerTime)
            .Select(pair => pair.Key).ToList())
        {
            _strangers.Remove(gone);
        }
        bool wasAway = _lastTick is { } last && now - last > s_away;
        _lastTick = now;
        if (!wasAway) return;
        // What others have sent has yet to be read.
        foreach (var link in _links.Values.Concat(_strangers.Values)) link.Heard = link.HeardLarge = now;
    }

    /// <summary>What does not come, for the coordinator; null where all is well. To be said again and again.</summary>
    public LinkReport? Report(TimeSpan now)
    {
        ImmutableArray<SilentLink>.Builder? silent = null;
        // One that owes nothing may be gone; where it is heard, its large packets have to come, too.
        foreach (var (peer, link) in _links.Concat(_strangers.Where(pair => now - pair.Value.Heard < s_suspect)))
        {
            var small = now - link.Heard;
            var large = now - link.HeardLarge;
            bool isLargeOnly = small < s_suspect;
            if (isLargeOnly && large < s_largeSuspect) continue;
            silent ??= ImmutableArray.CreateBuilder<SilentLink>();
            silent.Add(isLargeOnly
                ? new SilentLink(peer, large, true, large > link.LargeDeadline.Value)
                : new SilentLink(peer, small, false, small > link.Deadline.Value));
        }
        return silent is null ? null : new LinkReport(self, silent.ToImmutable());
    }

    private static void See(ArrivalDeadline deadline, ref TimeSpan heard, TimeSpan now)
    {
        var gap = now - heard;
        // What ends a silence beyond the deadline was a fault, not what is normal for the link.
        if (gap >= s_pause && gap <= deadline.Value) deadline.Saw(gap);
        if (now > heard) heard = now;
    }
}

/// <summary>
/// What is wrong with one process's links on the tensor plane: said by the control plane, as long as it lasts.
/// </summary>
/// <param name="Node">Who says so: the receiver of all that is missing.</param>
public sealed record LinkReport(string Node, ImmutableArray<SilentLink> Silent)
{
    /// <summary>Links from this process on which many packets are lost.</summary>
    public ImmutableArray<LossyLink> Lossy { get; init; } = [];
}

/// <summary>Nothing, or nothing large, comes from a peer.</summary>
/// <param name="Silence">How long.</param>
/// <param name="IsLargeOnly">Small packets arrive.</param>
/// <param name="IsOverdue">It is beyond its deadline; else it only says whose link may be bad.</param>
public readonly record struct SilentLink(string From, TimeSpan Silence, bool IsLargeOnly, bool IsOverdue);
