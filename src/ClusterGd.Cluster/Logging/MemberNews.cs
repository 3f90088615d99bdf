using Akka.Cluster;
using ClusterGd.Cluster.Actors;
using Microsoft.Extensions.Logging;

namespace ClusterGd.Cluster.Logging;

/// <summary>Logs what is new with the members of a cluster, as one process sees them. One owner.</summary>
internal sealed class MemberNews(ILogger log)
{
    private readonly Dictionary<UniqueAddress, string> _members = [];
    private readonly HashSet<UniqueAddress> _silent = [];

    /// <param name="others">All members but this process.</param>
    /// <param name="silent">Those of them that are not heard and not known to be dead.</param>
    public void Follow(IReadOnlyCollection<Member> others, IEnumerable<Member> silent)
    {
        var now = others.Select(member => member.UniqueAddress).ToHashSet();
        foreach (var (gone, name) in _members.Where(known => !now.Contains(known.Key)).ToList())
        {
            _members.Remove(gone);
            _silent.Remove(gone);
            log.MemberGone(name);
        }
        foreach (var member in others)
        {
            string name = NameOf(member);
            if (_members.TryAdd(member.UniqueAddress, name)) log.MemberJoined(name, member.Roles.First());
        }
        var silentNow = silent.Select(member => member.UniqueAddress).ToHashSet();
        foreach (var member in silentNow.Where(member => !_silent.Contains(member))) log.MemberSilent(_members[member]);
        foreach (var member in _silent.Where(member => !silentNow.Contains(member))) log.MemberHeard(_members[member]);
        _silent.Clear();
        _silent.UnionWith(silentNow);
    }

    public void Dead(UniqueAddress member) => log.MemberDead(NodeActor.Shorten(member.Address.ToString()));

    public void Removed(string member) => log.MemberRemoved(NodeActor.Shorten(member));

    private static string NameOf(Member member) => NodeActor.Shorten(member.Address.ToString());
}
