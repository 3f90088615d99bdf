namespace ClusterGd.Core.Protocol;

/// <summary>
/// Links of the tensor plane that are dead while control messages arrive: in one direction or both, of a pair or of one
/// node with all. Receivers say what does not come. Of each bad pair one loses its work to the others, as a silent node
/// does: the one with more bad links, else the one that costs less. It gets work again once its links have been good
/// for a while.
/// </summary>
public sealed partial class CoordinatorProtocol
{
    /// <summary>A report that is not repeated for so long no longer holds.</summary>
    private static readonly TimeSpan s_linkNews = TimeSpan.FromSeconds(2);

    /// <summary>How long links must be good before a node gets work again; twice as long each time.</summary>
    private static readonly TimeSpan s_linkRest = TimeSpan.FromSeconds(8), s_linkRestMax = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How long to wait for links without which a slice would be lost, and where most of them are bad: it may be the
    /// network of all, which heals, and then nothing had to be computed again.
    /// </summary>
    private static readonly TimeSpan s_neededMax = TimeSpan.FromSeconds(10), s_allBadMax = TimeSpan.FromSeconds(60);

    /// <summary>Who has not sent a status for longer is silent altogether: they come several times a second.</summary>
    private static readonly TimeSpan s_statusNews = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long the result, or a checkpoint to begin with, may be on its way: while nothing arrives, and in any case.
    /// </summary>
    private static readonly TimeSpan s_observerMax = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_observerMaxEver = TimeSpan.FromMinutes(10);

    /// <summary>Until all have said what they lack: the first to speak may be the one whose links are bad.</summary>
    private static readonly TimeSpan s_hearingAll = TimeSpan.FromMilliseconds(400);

    /// <summary>A node or observer says what the tensor plane does not bring it.</summary>
    public void Handle(LinkReport report, TimeSpan now, Outbox outbox)
    {
        if (_phase == Phase.Ended) return;
        _linkReports[report.Node] = (report, now);
        JudgeLinks(now, outbox);
    }

    /// <summary>Whose work goes to others, if anybody's, and who must not get any.</summary>
    private void JudgeLinks(TimeSpan now, Outbox outbox)
    {
        foreach (var (node, (_, at)) in _linkReports)
        {
            if (now - at > s_linkNews) _linkReports.Remove(node);
        }
        if (_linkReports.Count == 0 || _phase == Phase.Ended)
        {
            _linksBadSince = null;
            return;
        }
        var links = LinksNow(now);
        SayLoss(now, outbox);
        Distrust(links, now, outbox);
        // An observer is never judged: it has no work to lose.
        string[] workers = [.. Hosts.Except(_settings.Observers)];
        List<string> victims = [.. BadLinks.Cover(links, workers, CostOf).Union(CutFromObservers(links))];
        if (victims.Count == 0)
        {
            _linksBadSince = null;
            return;
        }
        _linksBadSince ??= now;
        var waited = now - _linksBadSince.Value;
        if (waited < s_hearingAll) return;
        int suspects = BadLinks.Cover([.. links.Select(link => link with { IsOverdue = true })], workers, CostOf).Count;
        // A network that loses packets is not one that comes back in a moment.
        bool isLossy = links.Any(link => link is { IsOverdue: true, Loss: > 0 });
        if (2 * Math.Max(suspects, victims.Count) > workers.Length && waited < s_allBadMax && !isLossy) return;
        foreach (string victim in victims)
        {
            bool isSlowOnly = links.All(link => !link.IsOverdue || !link.Touches(victim) || link.Loss > 0);
            if (IsNeeded(victim) && (isSlowOnly || waited < s_neededMax)) continue;
            Rest(victim, now);
            Relieve(victim, BadLinks.Describe(links, victim), now, outbox);
            // Others may have become the last ones to have a slice, and statuses must tell of what has moved.
            if (_phase == Phase.Gathering) return;
        }
    }

    /// <summary>
    /// Hosts that cannot hand the result over, which is all that is left to do: others that have it can.
    /// </summary>
    private IEnumerable<string> CutFromObservers(List<BadLink> links) => _phase != Phase.Finishing ? [] : links
        .Where(link => link.IsOverdue && _settings.Observers.Contains(link.To)
            && Hosts.Contains(link.From) && !IsNeeded(link.From))
        .Select(link => link.From);

    /// <summary>
    /// Links between those whose control messages arrive: others are silent altogether, and judged as such.
    /// </summary>
    private List<BadLink> LinksNow(TimeSpan now) =>
    [
        .. _linkReports.Values.SelectMany(told => told.Report.Silent.Select(link => LinkOf(told, link, now)))
            .Concat(HeavyLosses(now)).Where(link => IsHeard(link.From, now) && IsHeard(link.To, now)),
    ];

    private BadLink LinkOf((LinkReport Report, TimeSpan At) told, SilentLink link, TimeSpan now) => new(
        link.From, told.Report.Node, link.Silence + (now - told.At), link.IsLargeOnly, link.IsOverdue,
        Math.Max(LossOf(link.From, told.Report.Node), LossOf(told.Report.Node, link.From)));

    private bool IsHeard(string name, TimeSpan now) =>
        _statusAt.TryGetValue(name, out var at) && now - at < s_statusNews;

    /// <summary>
    /// Who has no work gets none as long as a link of its to those that have, or will have, is bad. Where nobody has
    /// any, the node with few bad links comes first: of a node that reaches nobody the others must not be the victims.
    /// </summary>
    private void Distrust(List<BadLink> links, TimeSpan now, Outbox outbox)
    {
        var trusted = Hosts.ToList();
        var free = _nodes.Keys.Where(node => !trusted.Contains(node)).OrderBy(BadLinkCount)
            .ThenBy(_linkRests.ContainsKey).ThenBy(node => node, StringComparer.Ordinal).ToList();
        foreach (string node in free)
        {
            // One that had to go comes back once its links are good, and not only good enough to keep what one has.
            // While packets are lost, small ones that arrive do not make them good.
            var bad = links.Concat(LossyLinks).Where(link => link.Touches(node) && IsNeededBy(node, link.Other(node))
                && (link.IsOverdue || _linkRests.ContainsKey(node))).ToList();
            if (bad.Count == 0)
            {
                trusted.Add(node);
                continue;
            }
            Rest(node, now);
            if (_directive.Next?.Nodes.Contains(node) != true) continue;
            outbox.Do(new CoordinatorEffect.Note(
                $"node {node} is {BadLinks.Describe(bad, node)}; it gets no work"));
            DropNext(now, outbox);
        }

        int BadLinkCount(string node) => links.Where(link => link.Touches(node)).Select(link => link.Other(node))
            .Distinct(StringComparer.Ordinal).Count(_nodes.ContainsKey);

        // At first an observer alone has the rows; later other nodes have them, too.
        bool IsNeededBy(string node, string other) => trusted.Contains(other)
            || _phase == Phase.Preparing && _settings.Observers.Contains(other) && !IsPrepared(node);
    }

    private void Rest(string node, TimeSpan now)
    {
        bool isResting = _distrusted.TryGetValue(node, out var until) && until > now;
        if (!_linkRests.TryGetValue(node, out var rest)) rest = s_linkRest;
        else if (!isResting) rest = TimeSpan.FromTicks(Math.Min(2 * rest.Ticks, s_linkRestMax.Ticks));
        _linkRests[node] = rest;
        _distrusted[node] = now + rest > until ? now + rest : until;
    }

    /// <summary>What moves where a node loses its work: first what cannot move, then slices, then shards.</summary>
    private (int Slices, int Shards) CostOf(string node)
    {
        var layout = _directive.Layout;
        int needed = IsNeeded(node) ? layout.SliceHosts.Length : 0;
        // Of two that are alike the coordinator's node stays: what is for it need not travel.
        return (needed + layout.SlicesOf(node).Count(), 2 * layout.ShardsOf(node).Count()
            + (node == _settings.Name ? 1 : 0));
    }

    /// <summary>Whether without it a slice, or every host, would be gone.</summary>
    private bool IsNeeded(string node) => Hosts.Contains(node)
        && (SourcesOf(_directive, host => host != node).Contains("") || Hosts.All(host => host == node));

    /// <summary>
    /// A node that sends nothing large sends few control messages, too: it looks silent. Null where that is not why.
    /// </summary>
    private string? DescribeLargeOnly(string node, TimeSpan now)
    {
        List<BadLink> links =
        [
            .. _linkReports.Values.SelectMany(told => told.Report.Silent.Where(link => link.IsLargeOnly)
                    .Select(link => LinkOf(told, link, now))).Where(link => link.Touches(node)),
        ];
        return links.Count == 0 ? null : BadLinks.Describe(links, node);
    }

    /// <summary>
    /// Nobody waits for ever for an observer that the result does not reach, nor for its checkpoint: the nodes have
    /// other runs to serve, and the run can be resumed.
    /// </summary>
    private void GiveUpObserver(TimeSpan now, Outbox outbox)
    {
        bool isResultDue = _phase == Phase.Finishing && _result is not null;
        bool isCheckpointDue = IsCheckpointDueFromObserver;
        if (!isResultDue && !isCheckpointDue)
        {
            _stuckSince = null;
            return;
        }
        string? why = DescribeBadLinks(now);
        if (why is null) _stuckSince = null;
        else _stuckSince ??= now;
        var waited = now - (_stuckSince ?? (isResultDue ? _resultSince : _phaseStart));
        if (waited < (why is null ? s_observerMaxEver : s_observerMax)) return;
        string what = isResultDue
            ? $"the result of step {_result!.Step} did not reach {Names(_settings.Observers.Except(_observersDone))}"
            : $"the checkpoint of step {_directive.Limit} did not come from {Names(_settings.Observers)}";
        string because = why is null ? "" : $": {why}";
        Conclude(
            RunEnd.Lost, $"{what} in {waited.TotalSeconds:F0} s, and the nodes wait no longer{because}", outbox);
    }

    /// <summary>Also after a takeover, in whatever phase.</summary>
    private bool IsCheckpointDueFromObserver =>
        !_directive.IsSettled && _directive.Layout.SliceSources.Any(_settings.Observers.Contains);

    /// <summary>What is wrong with the links that are waited for; null where nothing is.</summary>
    private string? DescribeBadLinks(TimeSpan now)
    {
        var hosts = Hosts;
        var observers = _settings.Observers;
        return BadLinks.Describe([.. LinksNow(now).Where(link => link.IsOverdue && IsWaitedFor(link))]);

        bool IsWaitedFor(BadLink link) => _phase switch
        {
            Phase.Finishing when _result is not null => hosts.Contains(link.From) && observers.Contains(link.To),
            _ when IsCheckpointDueFromObserver => observers.Contains(link.From) && hosts.Contains(link.To),
            _ => hosts.Contains(link.From) && hosts.Contains(link.To),
        };
    }
}
