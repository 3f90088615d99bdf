using Akka.Actor;
using Akka.Cluster;
using ClusterGd.Cluster.Hosting;
using ClusterGd.Cluster.Logging;
using ClusterGd.Cluster.Wire;
using ClusterGd.Core.Options;
using ClusterGd.Core.Protocol;
using Microsoft.Extensions.Logging;

namespace ClusterGd.Cluster.Actors;

/// <summary>
/// One per node process: takes part in one run at a time. It prepares the run off its own thread, starts the run's
/// actors, tells members that come later of the run, and cleans up after it.
/// </summary>
internal sealed class HostActor(RunFactory factory, ILogger log, HealthKeeper health)
    : UntypedActor, IWithTimers
{
    public const string Name = "host";
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The coordinator ends a run whose client is gone; a node that came too late for its word ends it by itself.
    /// </summary>
    private static readonly TimeSpan s_clientAbsenceMax = TimeSpan.FromSeconds(15);

    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);

    // Messages that were under way when a run ended must not begin it again.
    private readonly PastRuns _past = new();
    private StartRun? _start;
    private HostedRun? _run;
    private IActorRef? _leaving;
    private CancellationTokenSource _preparing = new();
    private TimeSpan? _clientAbsentSince;

    private sealed record Prepared(HostedRun Run);

    private sealed record NotPrepared(StartRun Start, Exception Failure);

    /// <param name="Outcome">Null where this node alone is done with the run.</param>
    private sealed record Finished(ulong RunId, string How, RunOutcome? Outcome);

    /// <summary>As <see cref="RunFailed"/>, which is for the other nodes and the client.</summary>
    private sealed record Broken(RunFailed Bug);

    private sealed record LookTick
    {
        public static readonly LookTick Instance = new();
    }

    /// <summary>Asks to be let go; answered by <see cref="Left"/> once nothing here is needed any more.</summary>
    public sealed record Leave
    {
        public static readonly Leave Instance = new();
    }

    public sealed record Left
    {
        public static readonly Left Instance = new();
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private static TimeSpan Now => Context.System.Scheduler.MonotonicClock;

    protected override void PreStart()
    {
        _cluster.Subscribe(Self, typeof(ClusterEvent.MemberUp), typeof(ClusterEvent.MemberWeaklyUp));
        Timers.StartPeriodicTimer(LookTick.Instance, LookTick.Instance, s_look);
    }

    protected override void PostStop()
    {
        _preparing.Cancel();
        _cluster.Unsubscribe(Self);
        _run?.Dispose();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case StartRun start:
                Start(start);
                break;
            case LookTick:
                LookForClient();
                break;
            case Prepared prepared when _start?.RunId != prepared.Run.Context.RunId:
                prepared.Run.Dispose();
                break;
            case Prepared prepared:
                Begin(prepared.Run);
                break;
            case NotPrepared failed when _start?.RunId != failed.Start.RunId:
                break;
            case NotPrepared failed:
                Refuse(failed);
                _start = null;
                break;
            case Finished finished:
                End(finished);
                break;
            case Broken broken:
                TellAll(broken.Bug);
                EndBroken(broken.Bug);
                break;
            case RunFailed bug:
                EndBroken(bug);
                break;
            case ClusterEvent.MemberUp or ClusterEvent.MemberWeaklyUp:
                TellOfRun(((ClusterEvent.IMemberEvent)message).Member);
                break;
            case Leave:
                _leaving = Sender;
                health.Leaves();
                LetGo();
                break;
            case Left:
                _leaving?.Tell(Left.Instance, Self);
                break;
        }
    }

    private void TellOfRun(Member newcomer)
    {
        if (_start is null || !newcomer.HasRole(Roles.Node)) return;
        Host(newcomer).Tell(_start, Self);
    }

    private static ActorSelection Host(Member member) => Context.ActorSelection($"{member.Address}/user/{Name}");

    private void Start(StartRun start)
    {
        if (_past.Contains(start.RunId))
        {
            TellEnd(start);
            return;
        }
        if (_start?.RunId == start.RunId)
        {
            TellClient(start, new RunTaken(start.RunId, _cluster.SelfAddress.ToString(), HasBegun: _run is not null));
            return;
        }
        if (_start is not null)
        {
            Refuse(start, $"it takes part in run {_start.RunId:x16} until that ends; wait, or use other nodes",
                RefusalKind.Busy);
            return;
        }
        if (_leaving is not null) return;
        _start = start;
        _preparing = new CancellationTokenSource();
        var cancelled = _preparing.Token;
        log.RunPreparing(RunLogger.NameOf(start.RunId), NodeActor.Shorten(start.Client));
        Task.Run(() => factory.PrepareAsync(start, health.Note, cancelled)).PipeTo(
            Self, success: run => new Prepared(run), failure: e => new NotPrepared(start, e));
    }

    private void Begin(HostedRun run)
    {
        _run = run;
        health.RunBegins();
        var plan = run.Context.Plan;
        log.RunBegins(RunLogger.NameOf(run.Context.RunId), plan.Job.Name, plan.StepsTotal, plan.ShardCount);
        run.Start();
        run.Context.Ended.Task.PipeTo(
            Self, success: ended => new Finished(run.Context.RunId, ended.Outcome.Reason, ended.Outcome),
            failure: e => e.GetBaseException() is RoleFailedException bug
                ? new Broken(RunFailed.Of(run.Context.RunId, bug))
                : new Finished(run.Context.RunId, RunFactory.Sentence(e), null));
    }

    private void LetGo()
    {
        if (_run is not { } run)
        {
            // Nobody counts on a run that is only being prepared here.
            _start = null;
            _leaving!.Tell(Left.Instance, Self);
            return;
        }
        run.Actors!.Node.Tell(LeaveRun.Instance, Self);
        Task.WhenAny(run.Context.MayLeave.Task, run.Context.Ended.Task).PipeTo(Self, success: _ => Left.Instance);
    }

    private void LookForClient()
    {
        bool isThere = _start is null || _cluster.State.Members.Any(m => m.Address.ToString() == _start.Client);
        _clientAbsentSince = isThere ? null : _clientAbsentSince ?? Now;
        if (_clientAbsentSince is not { } since || Now - since < s_clientAbsenceMax) return;
        var gone = new Finished(
            _start!.RunId, NodeActor.Shorten($"{_start.Client}, which wants its result, is gone"), null);
        if (_run is not null)
        {
            End(gone);
            return;
        }
        log.RunAbandoned(RunLogger.NameOf(gone.RunId), gone.How);
        _past.Add(gone.RunId, gone.How, null);
        _start = null;
        _preparing.Cancel();
    }

    private void Refuse(NotPrepared failed)
    {
        bool isUnusable = failed.Failure.GetBaseException() is InputException;
        if (!isUnusable) log.RunNotPrepared(failed.Failure, RunLogger.NameOf(failed.Start.RunId));
        Refuse(
            failed.Start, RunFactory.Sentence(failed.Failure),
            isUnusable ? RefusalKind.Unusable : RefusalKind.Failed);
    }

    private void Refuse(StartRun start, string reason, RefusalKind kind)
    {
        log.RunRefused(RunLogger.NameOf(start.RunId), reason);
        TellClient(start, new RunRefused(start.RunId, _cluster.SelfAddress.ToString(), reason, kind));
    }

    private void TellClient(StartRun start, object answer) =>
        Context.ActorSelection($"{start.Client}/user/{ClientActor.Name}").Tell(answer, Self);

    /// <summary>A client that still asks has not heard of the end: the coordinator's word for it got lost.</summary>
    private void TellEnd(StartRun start)
    {
        if (_past.BugOf(start.RunId) is { } bug) TellClient(start, bug);
        else if (_past.OutcomeOf(start.RunId) is { } outcome)
        {
            Context.ActorSelection($"{start.Client}/user/{RunContext.NameOfNodeActor(start.RunId)}")
                .Tell(new RunOver(outcome), Self);
        }
        else TellClient(start, new RunRefused(
            start.RunId, _cluster.SelfAddress.ToString(),
            $"the run is over here: {_past.HowOf(start.RunId) ?? "long ago"}", RefusalKind.Failed));
    }

    private void TellAll(RunFailed bug)
    {
        foreach (var member in _cluster.State.Members.Where(m => m.HasRole(Roles.Node)))
        {
            if (member.Address != _cluster.SelfAddress) Host(member).Tell(bug, Self);
        }
        if (_start is { } start) TellClient(start, bug);
    }

    /// <summary>A run that is being prepared here, or that this node has not heard of yet, ends as well.</summary>
    private void EndBroken(RunFailed bug)
    {
        if (_run?.Context.RunId == bug.RunId)
        {
            End(new Finished(bug.RunId, bug.What, null), bug);
            return;
        }
        _past.Add(bug.RunId, bug.What, null, bug);
        if (_start?.RunId != bug.RunId) return;
        log.RunAbandoned(RunLogger.NameOf(bug.RunId), bug.What);
        _start = null;
        _preparing.Cancel();
    }

    private void End(Finished finished, RunFailed? bug = null)
    {
        if (_run is not { } run || run.Context.RunId != finished.RunId) return;
        log.RunEnds(
            RunLogger.NameOf(finished.RunId), finished.How, Math.Max(0, run.Context.NewestStep),
            run.Context.LongestStep.TotalSeconds);
        _past.Add(finished.RunId, finished.How, finished.Outcome, bug);
        (_run, _start) = (null, null);
        Context.System.EventStream.Publish(new WorkGiven([]));
        health.RunEnds();
        run.StopSoon();
    }
}
