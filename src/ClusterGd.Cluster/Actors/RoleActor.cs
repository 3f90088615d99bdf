using Akka.Actor;
using ClusterGd.Cluster.Hosting;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Actors;

/// <summary>A role's mailbox: hands over what comes, and carries out what the role wants.</summary>
public abstract class RoleActor(RunContext context, IActorRef home) : RunActor(context), IWithTimers
{
    private readonly Outbox _outbox = new();
    private readonly Router _router = new(context, Context, home);

    public ITimerScheduler Timers { get; set; } = null!;

    protected abstract IRole Role { get; }

    protected Router Router => _router;

    /// <summary>What is no message.</summary>
    protected abstract void Do(Effect effect);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ProtocolTick:
                Role.Tick(Now, _outbox);
                break;
            case Status.Failure failure:
                throw failure.Cause;
            default:
                Role.Handle(message, Now, _outbox);
                break;
        }
        CarryOut();
    }

    /// <summary>Something that was done at once: what follows from it is carried out with the rest.</summary>
    protected void Answer(object message) => Role.Handle(message, Now, _outbox);

    protected void CarryOut(Action<Outbox> act)
    {
        act(_outbox);
        CarryOut();
    }

    private void CarryOut()
    {
        for (int i = 0; i < _outbox.Count; i++)
        {
            var (to, what) = _outbox[i];
            if (what is Effect effect) Do(effect);
            else _router.Send(to, what);
        }
        _outbox.Clear();
    }
}
