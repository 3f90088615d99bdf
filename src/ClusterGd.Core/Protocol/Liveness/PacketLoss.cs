namespace ClusterGd.Core.Protocol;

/// <summary>
/// Judges from the kernel's counters how many segments to each peer had to be sent again. A link loses packets if a
/// share of at least <see cref="ShareMin"/> was sent again within some seconds, at several moments of them. Segments
/// count once their connection has caught up: those that are repeated without end are of a dead link, or too large for
/// the way, and say nothing of loss. Pure: no clock. One owner.
/// </summary>
public sealed class PacketLoss
{
    /// <summary>How often the counters are read.</summary>
    public static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>A smaller share costs no step much.</summary>
    public const double ShareMin = 0.05;

    /// <summary>Below this share a link that has lost packets is good again.</summary>
    private const double ShareEnd = 0.02;

    /// <summary>Looks that count, fewer segments than say anything, and looks in which some must have been lost: a
    /// short cut of the link ends in one burst of repeated segments.</summary>
    private const int WindowLooks = 16, SentMin = 20, LossyLooksMin = 4;

    private readonly SortedDictionary<string, Link> _links = new(StringComparer.Ordinal);
    private int _looks;

    private sealed class Link
    {
        public readonly Dictionary<int, SegmentCounters> Settled = [];
        public readonly long[] Sent = new long[WindowLooks], Repeated = new long[WindowLooks];
        public double Share;
    }

    /// <summary>The links that lose packets, as of the last <see cref="Look"/>.</summary>
    public IEnumerable<LossyLink> Lossy =>
        _links.Where(link => link.Value.Share > 0).Select(link => new LossyLink(link.Key, link.Value.Share));

    /// <summary>The counters of one connection now.</summary>
    /// <param name="stream">Which of the connections to this peer.</param>
    public void Saw(string peer, int stream, SegmentCounters counters)
    {
        if (!_links.TryGetValue(peer, out var link)) _links[peer] = link = new Link();
        bool isKnown = link.Settled.TryGetValue(stream, out var before) && before.Connection == counters.Connection;
        if (!isKnown) before = new SegmentCounters(counters.Connection, true, 0, 0);
        if (counters.IsSettled)
        {
            int now = _looks % WindowLooks;
            link.Sent[now] += counters.Sent - before.Sent;
            link.Repeated[now] += counters.Repeated - before.Repeated;
            before = counters;
        }
        link.Settled[stream] = before;
    }

    /// <summary>All connections have been seen: judges the links, and begins with the next interval.</summary>
    /// <param name="peers">Those that are still of interest; what was seen of others is forgotten.</param>
    public void Look(IReadOnlyCollection<string> peers)
    {
        foreach (string gone in _links.Keys.Where(peer => !peers.Contains(peer)).ToList()) _links.Remove(gone);
        foreach (var link in _links.Values) Judge(link);
        _looks++;
        foreach (var link in _links.Values)
        {
            link.Sent[_looks % WindowLooks] = link.Repeated[_looks % WindowLooks] = 0;
        }
    }

    private static void Judge(Link link)
    {
        long sent = link.Sent.Sum();
        double share = sent < SentMin ? 0 : (double)link.Repeated.Sum() / sent;
        bool isLossy = link.Share > 0
            ? share >= ShareEnd
            : share >= ShareMin && link.Repeated.Count(repeated => repeated > 0) >= LossyLooksMin;
        link.Share = isLossy ? share : 0;
    }
}

/// <summary>What the kernel has counted of one connection since it was made.</summary>
/// <param name="Connection">Another number for each connection of the same stream.</param>
/// <param name="IsSettled">No lost segment waits to be sent again, or for an answer.</param>
/// <param name="Sent">Segments with data, those sent again included.</param>
/// <param name="Repeated">Segments sent again.</param>
public readonly record struct SegmentCounters(long Connection, bool IsSettled, long Sent, long Repeated);

/// <summary>Many segments to a peer had to be sent again.</summary>
/// <param name="Share">Of all segments with data, above 0 and below 1.</param>
public readonly record struct LossyLink(string To, double Share);
