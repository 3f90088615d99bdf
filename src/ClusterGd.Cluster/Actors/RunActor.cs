using System.Diagnostics;
using Akka.Actor;
using ClusterGd.Cluster.Faults;
using ClusterGd.Cluster.Hosting;

namespace ClusterGd.Cluster.Actors;

/// <summary>An actor of a run: what fails in it ends the run in this process, and is told; it never hangs it.</summary>
public abstract class RunActor(RunContext context) : UntypedActor
{
    protected RunContext Run { get; } = context;

    /// <summary>
    /// Props of an actor that is never made a second time. Akka remembers references to actors that ended long ago, and
    /// with a reference its props: these let go of what the actor was made of, a run with all its rows.
    /// </summary>
    internal static Props Once<TActor>(RunContext run, Func<TActor> make) where TActor : RunActor =>
        Props.CreateBy(new OnceProducer<TActor>(run, make));

    protected static TimeSpan Now => Stopwatch.GetElapsedTime(0);

    /// <summary>An actor below that cannot even begin, for lack of memory for example, ends the run as well.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(failure =>
    {
        Run.Fail($"an actor below {GetType().Name}", failure);
        return Directive.Stop;
    });

    public override void AroundPreStart()
    {
        try
        {
            base.AroundPreStart();
        }
        catch (Exception e)
        {
            Run.Fail($"the start of {GetType().Name}", e);
            throw;
        }
    }

    protected override bool AroundReceive(Receive receive, object message)
    {
        try
        {
            DeliberateBug.At(GetType().Name, Run.NewestStep);
            return base.AroundReceive(receive, message);
        }
        catch (Exception e)
        {
            Run.Fail($"{GetType().Name} on {message.GetType().Name}", e);
            Context.Stop(Self);
            return true;
        }
    }

    private sealed class OnceProducer<TActor>(RunContext run, Func<TActor> make)
        : IIndirectActorProducer where TActor : RunActor
    {
        private RunContext? _run = run;
        private Func<TActor>? _make = make;

        public Type ActorType => typeof(TActor);

        public ActorBase Produce()
        {
            var make = Interlocked.Exchange(ref _make, null)
                ?? throw new InvalidOperationException($"{typeof(TActor).Name} is not made twice");
            var run = Interlocked.Exchange(ref _run, null)!;
            try
            {
                return make();
            }
            catch (Exception e)
            {
                run.Fail($"the making of {typeof(TActor).Name}", e);
                throw;
            }
        }

        public void Release(ActorBase actor)
        {
        }
    }
}
