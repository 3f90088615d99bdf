using System.Diagnostics;
using Akka.Actor;
using ClusterGd.Cluster.Hosting;

namespace ClusterGd.Cluster.Actors;

/// <summary>An actor of a run: a bug in it ends the run with the error, it never hangs it.</summary>
public abstract class RunActor(RunContext context) : UntypedActor
{
    protected RunContext Run { get; } = context;

    /// <summary>
    /// Props of an actor that is never made a second time. Akka remembers references to actors that ended long ago, and
    /// with a reference its props: these let go of what the actor was made of, a run with all its rows.
    /// </summary>
    internal static Props Once<TActor>(Func<TActor> make) where TActor : RunActor =>
        Props.CreateBy(new OnceProducer<TActor>(make));

    protected static TimeSpan Now => TimeSpan.FromMilliseconds(Environment.TickCount64);

    /// <summary>The same to the µs and better, for what is timed and not waited for.</summary>
    protected static TimeSpan FineNow => Stopwatch.GetElapsedTime(0);

    /// <summary>An actor below that cannot even begin, for lack of memory for example, ends the run as well.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(failure =>
    {
        Run.Ended.TrySetException(new InvalidOperationException($"An actor below {GetType().Name} failed", failure));
        return Directive.Stop;
    });

    protected override bool AroundReceive(Receive receive, object message)
    {
        try
        {
            return base.AroundReceive(receive, message);
        }
        catch (Exception e)
        {
            Run.Ended.TrySetException(
                new InvalidOperationException($"{GetType().Name} failed on {message.GetType().Name}", e));
            Context.Stop(Self);
            return true;
        }
    }

    private sealed class OnceProducer<TActor>(Func<TActor> make) : IIndirectActorProducer where TActor : RunActor
    {
        private Func<TActor>? _make = make;

        public Type ActorType => typeof(TActor);

        public ActorBase Produce() => (Interlocked.Exchange(ref _make, null)
            ?? throw new InvalidOperationException($"{typeof(TActor).Name} is not made twice"))();

        public void Release(ActorBase actor)
        {
        }
    }
}
