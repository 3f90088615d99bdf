namespace ClusterGd.Core.Protocol;

/// <summary>
/// Links of the tensor plane that lose packets: the senders say so. It is told once, and again only after the link was
/// good for a while. If many packets are lost and a step does not come, the link counts as bad, as if no tensors
/// arrived. A node that had to give up its work for its links gets none while they lose packets.
/// </summary>
public sealed partial class CoordinatorProtocol
{
    /// <summary>Until all have said on which links packets are lost: one sentence tells of them.</summary>
    private static readonly TimeSpan s_hearingLoss = TimeSpan.FromSeconds(2);

    /// <summary>A link that was good for so long, and loses packets again, is told of again.</summary>
    private static readonly TimeSpan s_lossForgotten = TimeSpan.FromSeconds(60);

    /// <summary>
    /// With so large a share a connection makes a few packets a second: a step that has not come for so long waits for
    /// them, and is faster with fewer nodes.
    /// </summary>
    private const double HeavyLoss = 0.1;
    private static readonly TimeSpan s_heavyLossPatience = TimeSpan.FromSeconds(2);

    private IEnumerable<BadLink> LossyLinks => _linkReports.Values.SelectMany(told => told.Report.Lossy.Select(
        link => new BadLink(told.Report.Node, link.To, default, false, false, link.Share)));

    private IEnumerable<BadLink> HeavyLosses(TimeSpan now)
    {
        var since = now - new[] { _lastStep, _roundStart, _phaseStart }.Max();
        return LossyLinks
            .Where(link => link.Loss >= HeavyLoss && Hosts.Contains(link.From) && Hosts.Contains(link.To))
            .Select(link => link with { Silence = since, IsOverdue = since > s_heavyLossPatience });
    }

    private double LossOf(string from, string to) => _linkReports.TryGetValue(from, out var told)
        ? told.Report.Lossy.FirstOrDefault(link => link.To == to).Share : 0;

    private void SayLoss(TimeSpan now, Outbox outbox)
    {
        var lossy = LossyLinks.ToList();
        var untold = lossy.FindAll(link =>
            !_lossTold.TryGetValue((link.From, link.To), out var seen) || now - seen > s_lossForgotten);
        foreach (var link in lossy.Except(untold)) _lossTold[(link.From, link.To)] = now;
        _lossSince = untold.Count == 0 ? null : _lossSince ?? now;
        if (now - _lossSince < s_hearingLoss || untold.Count == 0) return;
        outbox.Do(new CoordinatorEffect.Note(BadLinks.DescribeSlow(untold)));
        foreach (var link in untold) _lossTold[(link.From, link.To)] = now;
        _lossSince = null;
    }
}
