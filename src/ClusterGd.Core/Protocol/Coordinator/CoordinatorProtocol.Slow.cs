namespace ClusterGd.Core.Protocol;

/// <summary>
/// A node that is there and stays late with its gradients: others stand in for it step by step, and get its work by a
/// planned move, where enough others are there. It is tried again after a while, and after twice as long each time that
/// it is still slow.
/// </summary>
public sealed partial class CoordinatorProtocol
{
    private static readonly TimeSpan s_slowRest = TimeSpan.FromSeconds(30), s_slowRestMax = TimeSpan.FromMinutes(10);

    /// <summary>What was said so long ago says nothing of now.</summary>
    private static readonly TimeSpan s_slowNews = TimeSpan.FromSeconds(10);

    /// <summary>The first slice says so of a node, or the node of itself.</summary>
    public void Handle(NodeSlow slow, TimeSpan now, Outbox outbox)
    {
        var layout = _directive.Layout;
        bool hasWork = _phase == Phase.Training && slow.Term == layout.Term && layout.Nodes.Contains(slow.Node);
        // Without it each slice must still have its backups.
        bool isSpare = Candidates.Count(node => node != slow.Node) > _settings.Backups;
        if (!hasWork || !isSpare || now < _restUntil || !IsSlowerThanOthers(slow.Node, now)) return;
        var rest = _slowRests.TryGetValue(slow.Node, out var before)
            ? TimeSpan.FromTicks(Math.Min(2 * before.Ticks, s_slowRestMax.Ticks)) : s_slowRest;
        _slowRests[slow.Node] = rest;
        _distrusted[slow.Node] = _restUntil = now + rest;
        outbox.Do(new CoordinatorEffect.Note(
            $"node {slow.Node} is slow; its work goes to {Names(layout.Nodes.Remove(slow.Node))} for " +
            $"{rest.TotalSeconds:F0} s"));
        ConsiderMembership(now, outbox);
    }

    /// <summary>
    /// Whether it is said of this node again, and of no other: where several are slow it is their machine, or the
    /// network, and one of them is as good as another.
    /// </summary>
    private bool IsSlowerThanOthers(string slow, TimeSpan now)
    {
        bool isAgain = _slowReports.TryGetValue(slow, out var before) && now - before <= s_slowNews;
        _slowReports[slow] = now;
        return isAgain && !_slowReports.Any(report => report.Key != slow && now - report.Value <= s_slowNews);
    }
}
