using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Akka.Actor;
using Akka.Cluster;
using Akka.Remote;
using ClusterGd.Cluster.Hosting;
using ClusterGd.Cluster.Logging;
using ClusterGd.Cluster.Transport;
using ClusterGd.Cluster.Wire;
using ClusterGd.Core.Protocol;
using Microsoft.Extensions.Logging;

namespace ClusterGd.Cluster.Actors;

/// <summary>
/// One per process of a cluster of several: gathers what tells dead, silent and quarrelling members apart, and has
/// those removed that <see cref="Downing"/> names.
/// </summary>
/// <remarks>
/// A process is dead if its control port refuses, or another process answers there. The port is tried as soon as a
/// control connection breaks, and again while a member is not heard. A firewall that rejects looks like a death.
/// </remarks>
internal sealed class MembershipActor : UntypedActor, IWithTimers
{
    public const string Name = "members";
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_reportInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_reportTime = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_stableAfter = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan s_quarrelMax = TimeSpan.FromSeconds(20);

    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    private readonly Action<ImmutableArray<string>> _nodesAre;
    private readonly string _self;
    private readonly Downing _downing;
    private readonly MemberNews _news;
    private readonly DeathProbe _probe;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly HashSet<UniqueAddress> _dead = [];
    private readonly Dictionary<string, (MemberReport Report, TimeSpan At)> _reports = new(StringComparer.Ordinal);
    private readonly Dictionary<long, UniqueAddress> _asked = [];
    private ImmutableArray<string> _working = [];
    private ImmutableArray<string> _nodes = [];
    private long _lastQuestion;
    private TimeSpan _lastReport;
    private Reunion? _reunion;

    private sealed record Refused(UniqueAddress Member);

    private sealed record LookTick
    {
        public static readonly LookTick Instance = new();
    }

    /// <summary>Looks for the other nodes of a cluster that this process was in, until it is in one.</summary>
    public sealed record Reunite(ImmutableArray<string> Former);

    /// <param name="nodesAre">Told the addresses of all nodes whenever they change, as long as there are any.</param>
    /// <param name="log">Told of members that come, go, fall silent or die.</param>
    public MembershipActor(Action<ImmutableArray<string>> nodesAre, ILogger log)
    {
        (_nodesAre, _news) = (nodesAre, new MemberNews(log));
        _self = _cluster.SelfAddress.ToString();
        _downing = new Downing(_self, s_stableAfter, s_quarrelMax);
        var self = Self;
        _probe = new DeathProbe(member => self.Tell(new Refused(ParseKey(member)), self));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Those that stay or are about to, in an order that all members share.</summary>
    private List<Member> Members =>
    [
        .. _cluster.State.Members.Where(member => member.Status is MemberStatus.Joining or MemberStatus.WeaklyUp
            or MemberStatus.Up or MemberStatus.Leaving).OrderBy(member => member.Address, Member.AddressOrdering),
    ];

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(LookTick.Instance, LookTick.Instance, s_look);
        foreach (var kind in new[]
        {
            typeof(DisassociatedEvent), typeof(AssociationErrorEvent), typeof(ThisActorSystemQuarantinedEvent),
            typeof(WorkGiven),
        })
        {
            Context.System.EventStream.Subscribe(Self, kind);
        }
    }

    protected override void PostStop() => Context.System.EventStream.Unsubscribe(Self);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case LookTick:
                Look();
                break;
            case MemberReport report:
                Heed(report);
                break;
            case Refused refused when _reunion is not null:
                _reunion.IsDead(refused.Member.Address.ToString(), _clock.Elapsed);
                break;
            case Refused refused:
                IsDead(refused.Member);
                break;
            case Reunite reunite:
                _reunion = new Reunion(_self, reunite.Former);
                break;
            case AssociationEvent broken:
                foreach (var member in Members.Where(m => m.Address.Equals(broken.RemoteAddress))) Probe(member);
                break;
            case ThisActorSystemQuarantinedEvent:
                // The sender has removed this process from the cluster, and will never hear it again.
                _cluster.Down(_cluster.SelfAddress);
                break;
            case WorkGiven work:
                _working = work.Nodes;
                break;
        }
    }

    private void Look()
    {
        var members = Members;
        if (members.Count > 0) _reunion = null;
        if (_reunion is not null) LookForOthers(_reunion);
        if (_dead.Count > 0)
        {
            // Until Akka has removed them too: before, it lets nobody join.
            _dead.IntersectWith(_cluster.State.Members.Select(member => member.UniqueAddress));
            TellDeaths();
        }
        // Each client has an address of its own.
        foreach (var (node, known) in _reports)
        {
            if (_clock.Elapsed - known.At >= s_reportTime) _reports.Remove(node);
        }
        var nodes = members.Where(member => member.HasRole(Roles.Node)).Select(m => m.Address.ToString());
        if (nodes.ToImmutableArray() is { IsEmpty: false } now && !now.SequenceEqual(_nodes)) _nodesAre(_nodes = now);
        var unheard = members.Where(member => !IsHeard(member)).ToList();
        FollowNews(members, unheard);
        bool hasDoubt = unheard.Count > 0 || _cluster.State.Unreachable.Count > 0;
        if (hasDoubt && _clock.Elapsed - _lastReport >= s_reportInterval) Report(members, unheard);
        Decide(members);
    }

    private void FollowNews(List<Member> members, List<Member> unheard) => _news.Follow(
        members.FindAll(member => !member.UniqueAddress.Equals(_cluster.SelfUniqueAddress)),
        unheard.Where(member => !_dead.Contains(member.UniqueAddress)));

    private void LookForOthers(Reunion reunion)
    {
        if (_clock.Elapsed - _lastReport < s_reportInterval) return;
        _lastReport = _clock.Elapsed;
        if (reunion.MayForm(_clock.Elapsed))
        {
            _cluster.Join(_cluster.SelfAddress);
            return;
        }
        foreach (string node in reunion.Others)
        {
            Tell(node, ++_lastQuestion, 0, []);
            var address = Address.Parse(node);
            _probe.Look($"0 {node}", $"{address.Host}:{address.Port}");
        }
    }

    private bool IsHeard(Member member) => _cluster.FailureDetector.IsAvailable(member.Address);

    private void Decide(List<Member> members)
    {
        if (members.All(member => !member.UniqueAddress.Equals(_cluster.SelfUniqueAddress))) return;
        foreach (string name in _downing.Decide(ViewsOf(members), _clock.Elapsed))
        {
            _news.Removed(name);
            _cluster.Down(Address.Parse(name));
        }
    }

    private ImmutableArray<MemberView> ViewsOf(List<Member> members)
    {
        var reports = new Dictionary<string, ImmutableArray<string>>(StringComparer.Ordinal);
        foreach (var member in members)
        {
            string name = member.Address.ToString();
            bool isFresh = _reports.TryGetValue(name, out var known)
                && known.Report.Process == member.UniqueAddress.Uid && _clock.Elapsed - known.At < s_reportTime;
            if (isFresh) reports[name] = known.Report.Unheard;
        }
        ImmutableArray<MemberView> own =
        [
            .. members.Select(member => new MemberView(
                member.Address.ToString(), IsVoter(member), IsHeard(member), IsDoubted: false)
            {
                IsDead = _dead.Contains(member.UniqueAddress),
            }),
        ];
        return MemberViews.With(_self, own, reports, _working);
    }

    private static bool IsVoter(Member member) =>
        member.HasRole(Roles.Node) && member.Status is (MemberStatus.Up or MemberStatus.Leaving);

    /// <summary>Tells all what is not heard here, and asks those what they are.</summary>
    private void Report(List<Member> members, List<Member> unheard)
    {
        _lastReport = _clock.Elapsed;
        _asked.Clear();
        ImmutableArray<string> names = [.. unheard.Select(member => member.Address.ToString())];
        foreach (var member in members.Where(member => !member.UniqueAddress.Equals(_cluster.SelfUniqueAddress)))
        {
            long question = 0;
            if (unheard.Contains(member))
            {
                Probe(member);
                _asked[question = ++_lastQuestion] = member.UniqueAddress;
            }
            Tell(member.Address.ToString(), question, 0, names);
        }
    }

    private void Heed(MemberReport report)
    {
        _reports[report.Node] = (report, _clock.Elapsed);
        if (report.Question > 0) Tell(report.Node, 0, report.Question, []);
        if (report.Answer > 0) _reunion?.Answered(report.Node, report.IsMember, _clock.Elapsed);
        if (_asked.Remove(report.Answer, out var asked) && asked.Uid != report.Process) IsDead(asked);
    }

    private void IsDead(UniqueAddress member)
    {
        if (!_dead.Add(member)) return;
        var members = Members;
        // It may have joined since the last look.
        FollowNews(members, members.FindAll(other => !IsHeard(other)));
        _news.Dead(member);
        TellDeaths();
        Decide(members);
    }

    private void TellDeaths() =>
        MortalFailureDetector.SetDead(_cluster, [.. _dead.Select(member => member.Address)]);

    private void Tell(string node, long question, long answer, ImmutableArray<string> unheard) =>
        Context.ActorSelection($"{node}/user/{Name}").Tell(
            new MemberReport(
                _self, _cluster.SelfUniqueAddress.Uid, question, answer, !_cluster.State.Members.IsEmpty, unheard),
            Self);

    private void Probe(Member member) =>
        _probe.Look(KeyOf(member.UniqueAddress), $"{member.Address.Host}:{member.Address.Port}");

    private static string KeyOf(UniqueAddress member) => $"{member.Uid} {member.Address}";

    private static UniqueAddress ParseKey(string key)
    {
        int space = key.IndexOf(' ');
        return new UniqueAddress(
            Address.Parse(key[(space + 1)..]), int.Parse(key[..space], CultureInfo.InvariantCulture));
    }
}
