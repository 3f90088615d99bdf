using Akka.Actor;
using ClusterGd.Cluster.Transport;

namespace ClusterGd.Cluster.Hosting;

/// <summary>A run in one process: its context, its data plane, and its actors once they are started.</summary>
internal sealed class HostedRun(
    ActorSystem system, RunContext context, TcpDataPlane dataPlane, CancellationTokenSource? cancel) : IDisposable
{
    /// <summary>How long the actors of a run that is over still answer those that have not heard of it.</summary>
    private static readonly TimeSpan s_lateAnswers = TimeSpan.FromSeconds(3);

    public RunContext Context => context;

    public RunActors? Actors { get; private set; }

    public void Start() => Actors = new RunActors(system, context);

    public void StopSoon() => system.Scheduler.Advanced.ScheduleOnce(s_lateAnswers, () =>
    {
        Dispose();
        // A node may be idle for long: what the run had is given back now and not at the next allocation.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
    });

    public void Dispose()
    {
        cancel?.Cancel();
        Actors?.Stop();
        dataPlane.Dispose();
    }
}
