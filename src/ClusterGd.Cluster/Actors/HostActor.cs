using System.Globalization;
using Akka.Actor;
using Akka.Cluster;
using ClusterGd.Cluster.Hosting;
using ClusterGd.Cluster.Wire;
using ClusterGd.Core.Jobs;

namespace ClusterGd.Cluster.Actors;

/// <summary>
/// One per node process: takes part in one run at a time. It prepares the run off its own thread, starts the run's
/// actors, tells members that come later of the run, and cleans up after it.
/// </summary>
internal sealed class HostActor(RunFactory factory, Action<string> note, HealthKeeper health) : UntypedActor
{
    public const string Name = "host";
    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);

    // Messages that were under way when a run ended must not begin it again.
    private readonly HashSet<ulong> _past = [];
    private StartRun? _start;
    private HostedRun? _run;
    private IActorRef? _leaving;

    private sealed record Prepared(HostedRun Run);

    private sealed record NotPrepared(StartRun Start, string Reason, bool IsForGood);

    private sealed record Finished(ulong RunId, string How);

    /// <summary>Asks to be let go; answered by <see cref="Left"/> once nothing here is needed any more.</summary>
    public sealed record Leave
    {
        public static readonly Leave Instance = new();
    }

    public sealed record Left
    {
        public static readonly Left Instance = new();
    }

    protected override void PreStart() => _cluster.Subscribe(Self, typeof(ClusterEvent.MemberUp));

    protected override void PostStop()
    {
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
            case Prepared prepared when _start is null:
                prepared.Run.Dispose();
                break;
            case Prepared prepared:
                Begin(prepared.Run);
                break;
            case NotPrepared failed:
                Refuse(failed.Start, failed.Reason, failed.IsForGood);
                _start = null;
                break;
            case Finished finished:
                End(finished);
                break;
            case ClusterEvent.MemberUp up when up.Member.HasRole(Roles.Node) && _start is not null:
                Context.ActorSelection($"{up.Member.Address}/user/{Name}").Tell(_start, Self);
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

    private void Start(StartRun start)
    {
        if (_past.Contains(start.RunId) || _start?.RunId == start.RunId) return;
        if (_start is not null)
        {
            Refuse(start, $"it takes part in run {_start.RunId:x16} until that ends; wait, or use other nodes",
                isForGood: false);
            return;
        }
        if (_leaving is not null) return;
        _start = start;
        note(NodeActor.Shorten($"run {start.RunId:x16} for {start.Client}: preparing"));
        Task.Run(() => factory.PrepareAsync(start, health.Note)).PipeTo(
            Self, success: run => new Prepared(run), failure: e => new NotPrepared(
                start, RunFactory.Sentence(e), e.GetBaseException() is InputException));
    }

    private void Begin(HostedRun run)
    {
        _run = run;
        health.RunBegins();
        run.Start();
        run.Context.Ended.Task.PipeTo(
            Self, success: ended => new Finished(run.Context.RunId, ended.Outcome.Reason),
            failure: e => new Finished(run.Context.RunId, RunFactory.Sentence(e)));
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

    private void Refuse(StartRun start, string reason, bool isForGood)
    {
        note($"run {start.RunId:x16} is refused: {reason}");
        Context.ActorSelection($"{start.Client}/user/{ClientActor.Name}")
            .Tell(new RunRefused(start.RunId, _cluster.SelfAddress.ToString(), reason, isForGood), Self);
    }

    private void End(Finished finished)
    {
        if (_run is not { } run || run.Context.RunId != finished.RunId) return;
        note(string.Create(CultureInfo.InvariantCulture,
            $"run {finished.RunId:x16} is over: {finished.How}; " +
            $"longest step {run.Context.LongestStep.TotalSeconds:F3} s"));
        _past.Add(finished.RunId);
        (_run, _start) = (null, null);
        health.RunEnds();
        run.StopSoon();
    }
}
