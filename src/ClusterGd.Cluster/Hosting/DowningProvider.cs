using System.Diagnostics;
using Akka.Actor;
using Akka.Cluster;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Hosting;

/// <summary>Has members that fall silent taken out of the cluster as <see cref="Downing"/> decides.</summary>
public sealed class DowningProvider : IDowningProvider
{
    private readonly Akka.Cluster.Cluster _cluster;

    /// <summary>As Akka calls it.</summary>
    public DowningProvider(ActorSystem system, Akka.Cluster.Cluster cluster) => _cluster = cluster;

    /// <summary>Its name in the settings.</summary>
    public static readonly string TypeName = typeof(DowningProvider).AssemblyQualifiedName!;

    /// <summary>None: whoever takes over is fenced by terms.</summary>
    public TimeSpan DownRemovalMargin => TimeSpan.Zero;

    /// <summary>Of the actor that looks and decides.</summary>
    public Props DowningActorProps => Props.Create(() => new DowningActor(_cluster));

    private sealed class DowningActor : ReceiveActor, IWithTimers
    {
        private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(250);
        private static readonly TimeSpan s_stableAfter = TimeSpan.FromSeconds(4);
        private static readonly TimeSpan s_quarrelMax = TimeSpan.FromSeconds(20);

        private readonly Akka.Cluster.Cluster _cluster;
        private readonly Downing _downing;
        private readonly Stopwatch _clock = Stopwatch.StartNew();

        public DowningActor(Akka.Cluster.Cluster cluster)
        {
            _cluster = cluster;
            _downing = new Downing(cluster.SelfAddress.ToString(), s_stableAfter, s_quarrelMax);
            Receive<Look>(_ => Decide());
        }

        public ITimerScheduler Timers { get; set; } = null!;

        protected override void PreStart() => Timers.StartPeriodicTimer(Look.Instance, Look.Instance, s_look);

        private void Decide()
        {
            var state = _cluster.State;
            var members = state.Members
                .Where(member => member.Status is MemberStatus.Joining or MemberStatus.WeaklyUp or MemberStatus.Up
                    or MemberStatus.Leaving)
                .OrderBy(member => member.Address, Member.AddressOrdering)
                .Select(member => new MemberView(
                    member.Address.ToString(),
                    member.HasRole(Roles.Node) && (member.Status is MemberStatus.Up or MemberStatus.Leaving),
                    _cluster.FailureDetector.IsAvailable(member.Address), state.Unreachable.Contains(member)))
                .ToList();
            foreach (string name in _downing.Decide(members, _clock.Elapsed)) _cluster.Down(Address.Parse(name));
        }

        private sealed class Look
        {
            public static readonly Look Instance = new();
        }
    }
}
