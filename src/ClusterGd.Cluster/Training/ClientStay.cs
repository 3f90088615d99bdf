using Akka.Actor;
using ClusterGd.Cluster.Actors;
using ClusterGd.Cluster.Faults;
using ClusterGd.Cluster.Hosting;
using ClusterGd.Cluster.Logging;
using ClusterGd.Cluster.Transport;
using ClusterGd.Cluster.Wire;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using ClusterGd.Core.Protocol;
using ClusterGd.Data;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClusterGd.Cluster;

/// <summary>
/// A client's stay in one cluster, from joining to leaving. An actor system joins one cluster in its life, so a client
/// whose nodes are all gone needs another stay.
/// </summary>
internal sealed class ClientStay : IAsyncDisposable
{
    private static readonly TimeSpan s_leaveTime = TimeSpan.FromSeconds(3);

    /// <summary>Long enough for the nodes to hear why.</summary>
    private static readonly TimeSpan s_brokenLeaveTime = TimeSpan.FromSeconds(1);

    /// <summary>A clean stop takes the step in progress and a checkpoint.</summary>
    private static readonly TimeSpan s_stopMax = TimeSpan.FromMinutes(2);

    private readonly ClusterMember _member;
    private readonly TensorListener _listener;
    private readonly string _endpoint;
    private readonly LiveFaults? _faults;
    private readonly ILoggerFactory _loggers;

    private ClientStay(
        ClusterMember member, TensorListener listener, string host, LiveFaults? faults, ILoggerFactory loggers)
    {
        (_member, _listener, _endpoint) = (member, listener, $"{host}:{listener.Port}");
        (_faults, _loggers) = (faults, loggers);
        if (faults is not null)
        {
            (faults.Self, faults.Endpoint) = ($"{host}:{member.Cluster.SelfAddress.Port}", _endpoint);
        }
    }

    public int NodeCount => _member.Cluster.State.Members.Count(member => member.HasRole(Roles.Node));

    /// <summary>host:port of the nodes that were there last.</summary>
    public IReadOnlyList<string> KnownNodes => _member.KnownNodes;

    public static async Task<ClientStay> StartAsync(
        string host, TensorListener listener, LiveFaults? faults, ILoggerFactory loggers)
    {
        var member = await ClusterMember.StartAsync(new MemberOptions
        {
            Host = host, Role = Roles.Client, HasOtherProcesses = true, IsLocal = host == "127.0.0.1", Faults = faults,
            Loggers = loggers,
        }).ConfigureAwait(false);
        return new ClientStay(member, listener, host, faults, loggers);
    }

    /// <param name="seeds">host:port each; asked again and again.</param>
    /// <returns>Whether it came about in time.</returns>
    public Task<bool> JoinAsync(
        Func<IReadOnlyList<string>> seeds, TimeSpan timeMax, CancellationToken cancelled) =>
        _member.JoinAsync(seeds, timeMax, cancelled);

    /// <summary>Submits the run and follows it.</summary>
    /// <returns>How it ended; null if all nodes are gone.</returns>
    /// <exception cref="ClusterUnreachableException">There are nodes, and none takes part.</exception>
    public async Task<RunEnded?> RunAsync(
        Job job, TrainingPlan plan, DataSet data, CheckpointKeeper? keeper, Action<TrainingEvent> report,
        CancellationToken interrupt)
    {
        var start = new StartRun(
            RunIds.New(), JobText.Write(job, JobTables.All), DataSummary.Of(data), 0, _member.Name, _endpoint);
        var logs = RunLogs.Of(_loggers);
        logs = logs with { Peer = new ShownWarnings(logs.Peer, sentence => report(new Note(sentence))) };
        var factory = new RunFactory(
            _member.System, _member.Name, _listener, _endpoint, new ShardCache(null, NullLogger.Instance), logs,
            _member.Remove, _faults);
        bool hasBegun = false;
        Action<TrainingEvent> follow = e =>
        {
            if (e is Directed) Volatile.Write(ref hasBegun, true);
            report(e);
        };
        logs.Run.RunBegins(RunLogger.NameOf(start.RunId), job.Name, plan.StepsTotal, plan.ShardCount);
        using var run = factory.Observe(start, plan, new ShardStore(data, plan.ShardCount), keeper, follow);
        run.Start();
        var ended = run.Context.Ended;
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var ends = new ClientEnds(
            () => gone.TrySetResult(), why => ended.TrySetException(new ClusterUnreachableException(why)),
            why => ended.TrySetException(new InputException(why)), bug => ended.TrySetException(bug));
        _member.Cluster.RegisterOnMemberRemoved(ends.Lost);
        var (coordinator, tell) = (run.Actors!.Coordinator, run.Context.Report);
        var client = _member.System.ActorOf(
            Props.Create(() => new ClientActor(start, coordinator, tell, ends)), ClientActor.Name);
        await using var registration = interrupt.Register(() =>
        {
            // Before a coordinator has spoken there may be none.
            if (!Volatile.Read(ref hasBegun)) ended.TrySetException(new OperationCanceledException());
            coordinator.Tell(new InterruptRun(), ActorRefs.NoSender);
            _ = Task.Delay(s_stopMax).ContinueWith(_ => ends.GiveUp(
                $"interrupted, and the run did not stop in {s_stopMax.TotalSeconds:F0} s; resume it, or train again: " +
                "to the same bits"), TaskScheduler.Default);
        });
        await Task.WhenAny(ended.Task, gone.Task).ConfigureAwait(false);
        if (!ended.Task.IsCompleted) return null;
        if (ended.Task.Exception?.GetBaseException() is RoleFailedException bug)
        {
            client.Tell(new ClientActor.Broken(RunFailed.Of(start.RunId, bug)), ActorRefs.NoSender);
            await _member.LeaveAsync(s_brokenLeaveTime).ConfigureAwait(false);
        }
        var result = await ended.Task.ConfigureAwait(false);
        logs.Run.RunEnds(
            RunLogger.NameOf(start.RunId), result.Outcome.Reason, result.Outcome.Step,
            run.Context.LongestStep.TotalSeconds);
        await _member.LeaveAsync(s_leaveTime).ConfigureAwait(false);
        return result;
    }

    public async ValueTask DisposeAsync() => await _member.EndAsync().ConfigureAwait(false);
}
