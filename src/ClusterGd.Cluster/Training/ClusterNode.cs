using Akka.Actor;
using ClusterGd.Cluster.Actors;
using ClusterGd.Cluster.Faults;
using ClusterGd.Cluster.Hosting;
using ClusterGd.Cluster.Logging;
using ClusterGd.Cluster.Transport;
using ClusterGd.Data;
using Microsoft.Extensions.Logging;

namespace ClusterGd.Cluster;

/// <summary>
/// A node process of a cluster: hosts shards and slices of whatever runs are submitted to the cluster.
/// </summary>
public sealed class ClusterNode : IAsyncDisposable
{
    private static readonly TimeSpan s_handOverTime = TimeSpan.FromSeconds(30), s_leaveTime = TimeSpan.FromSeconds(10);
    private readonly ClusterMember _member;
    private readonly TensorListener _listener;
    private readonly IActorRef _host;
    private readonly HealthKeeper _health;
    private readonly ILogger _log;
    private volatile bool _isLeaving;
    private readonly TaskCompletionSource _removed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ClusterNode(ClusterMember member, TensorListener listener, ILoggerFactory loggers, ShardCache cache,
        HealthKeeper health, LiveFaults? faults)
    {
        (_member, _listener, _health) = (member, listener, health);
        var logs = RunLogs.Of(loggers);
        var factory = new RunFactory(
            member.System, member.Name, listener, $"{member.Cluster.SelfAddress.Host}:{listener.Port}", cache, logs,
            member.Remove, faults);
        if (faults is not null) faults.Self = Address;
        _log = loggers.CreateLogger(NodeLog.Category);
        _log.Listens(Address, DataPort);
        member.Cluster.RegisterOnMemberRemoved(() =>
        {
            if (!_isLeaving) _log.Removed();
            _removed.TrySetResult();
        });
        _host = member.System.ActorOf(Props.Create(() => new HostActor(factory, logs.Run, health)), HostActor.Name);
    }

    /// <summary>host:port, by which others join.</summary>
    public string Address => $"{_member.Cluster.SelfAddress.Host}:{_member.Cluster.SelfAddress.Port}";

    public int Port => _member.Cluster.SelfAddress.Port!.Value;

    /// <summary>Where tensors come in.</summary>
    public int DataPort => _listener.Port;

    /// <summary>host:port of the nodes of its cluster, those that were last there.</summary>
    public IReadOnlyList<string> KnownNodes => _member.KnownNodes;

    /// <summary>Completes when the node has left the cluster or was removed from it.</summary>
    public Task Removed => _removed.Task;

    /// <summary>Opens the ports; joins nothing yet.</summary>
    /// <param name="health">Kept up to date by the node.</param>
    /// <param name="now">The clock of the health's times.</param>
    /// <exception cref="Core.Options.InputException">A port cannot be had.</exception>
    public static async Task<ClusterNode> StartAsync(
        NodeOptions options, HealthState health, Func<TimeSpan> now)
    {
        var loggers = options.Loggers;
        var listener = TensorListener.Start(
            options.IsLocal ? "127.0.0.1" : "0.0.0.0", options.DataPort, log: loggers.CreateLogger(PeerLog.Category));
        try
        {
            var member = await ClusterMember.StartAsync(new MemberOptions
            {
                Host = options.Host, Port = options.Port, HasOtherProcesses = true, IsLocal = options.IsLocal,
                Threads = options.Threads > 0 ? options.Threads : Environment.ProcessorCount, Faults = options.Faults,
                Loggers = loggers,
            }).ConfigureAwait(false);
            health.IsAlive = true;
            health.WaitFor("a seed to answer", now());
            var cache = new ShardCache(options.CacheFolder, loggers.CreateLogger(CacheLog.Category));
            return new ClusterNode(member, listener, loggers, cache, new HealthKeeper(health, now), options.Faults);
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    /// <summary>Becomes a member: of the seeds' cluster, or of a new one where there are none.</summary>
    /// <param name="seeds">host:port, the same list in the same order on every node; the first may be this one.</param>
    /// <returns>Whether it came about in time.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<bool> JoinAsync(IReadOnlyList<string> seeds, TimeSpan timeMax, CancellationToken cancelled)
    {
        if (seeds.Count == 0) seeds = [Address];
        string names = string.Join(", ", seeds);
        _log.Joins(names, timeMax.TotalSeconds);
        bool isMember = await _member.JoinAsync(() => seeds, timeMax, cancelled).ConfigureAwait(false);
        if (isMember) HasJoined();
        else _log.NotJoined(names, timeMax.TotalSeconds);
        return isMember;
    }

    /// <summary>
    /// Joins the nodes of a cluster that it was removed from, whichever answers first. It forms a cluster of its own
    /// only once all of them have answered that they are in none, or are dead.
    /// </summary>
    /// <param name="former">host:port of those nodes.</param>
    /// <param name="tell">Told, every second, that it waits.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task RejoinAsync(IReadOnlyList<string> former, Action<Waiting> tell, CancellationToken cancelled)
    {
        List<string> others = [.. former.Except([Address])], asked = others.Count == 0 ? [Address] : others;
        _member.Reunite(others);
        string names = string.Join(", ", asked), what = $"a node to answer at {names}";
        _log.Rejoins(names);
        var joining = _member.JoinAsync(() => asked, Timeout.InfiniteTimeSpan, cancelled);
        await Waits.TellAsync(joining, () => what, tell).ConfigureAwait(false);
        HasJoined();
    }

    /// <summary>
    /// Leaves in good order: what is hosted here moves to other nodes first, where there are any, for thirty seconds
    /// at most.
    /// </summary>
    public async Task LeaveAsync()
    {
        _isLeaving = true;
        _log.Leaves();
        try
        {
            await _host.Ask<HostActor.Left>(HostActor.Leave.Instance, s_handOverTime).ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            _log.LeavesAtOnce(s_handOverTime.TotalSeconds);
        }
        await _member.LeaveAsync(s_leaveTime).ConfigureAwait(false);
        _log.Left();
    }

    private void HasJoined()
    {
        _health.Joined();
        _log.Joined();
    }

    public async ValueTask DisposeAsync()
    {
        _isLeaving = true;
        await _member.EndAsync().ConfigureAwait(false);
        _listener.Dispose();
    }
}
