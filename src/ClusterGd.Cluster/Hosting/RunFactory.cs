using Akka.Actor;
using ClusterGd.Cluster.Transport;
using ClusterGd.Cluster.Wire;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Protocol;
using ClusterGd.Data;
using ClusterGd.Data.Jobs;

namespace ClusterGd.Cluster.Hosting;

/// <summary>Makes what a process needs to take part in a run that another one submits.</summary>
internal sealed class RunFactory(
    ActorSystem system, string nodeName, TensorListener listener, string endpoint, Action<string> note)
{
    /// <summary>Reads the job and the rows: takes as long as the data is large, so not on an actor's thread.</summary>
    /// <exception cref="InputException">The job or the data cannot be used here; one sentence.</exception>
    public HostedRun Prepare(StartRun start, Action<TrainingEvent> report)
    {
        var job = JobFile.Parse(start.Job, "the job of the run", [], JobTables.All, "/");
        var plan = new TrainingPlan(job, start.Data);
        return Make(start, plan, Rows(start, job, plan), report, isObserver: false);
    }

    /// <summary>The same for the client, which has the rows and hosts nothing.</summary>
    public HostedRun Observe(StartRun start, TrainingPlan plan, ShardStore rows, Action<TrainingEvent> report) =>
        Make(start, plan, rows, report, isObserver: true);

    /// <summary>What to tell a person of a failure.</summary>
    public static string Sentence(Exception failure) => failure.GetBaseException() switch
    {
        InputException refused => refused.Problems[0],
        var e => $"{e.GetType().Name}: {e.Message}",
    };

    private static ShardStore Rows(StartRun start, Job job, TrainingPlan plan)
    {
        var loaded = DataProvider.TryLoad(
            job.Data, JobTargets.KindOf(job), job.Seed, start.Data.ContentHash, out string whyNot);
        return loaded is not null ? new ShardStore(loaded.DataSet, plan.ShardCount) : throw new InputException(whyNot);
    }

    private HostedRun Make(
        StartRun start, TrainingPlan plan, ShardStore rows, Action<TrainingEvent> report, bool isObserver)
    {
        var handshake = new Handshake(
            start.RunId, nodeName, JobText.Hash(plan.Job, JobTables.All), plan.Data.ContentHash, KernelVersion.Current);
        var dataPlane = new TcpDataPlane(listener, handshake, plan, nodeName, note);
        var context = new RunContext(plan, rows)
        {
            RunId = start.RunId, DataPlane = dataPlane, Report = report, Endpoint = endpoint, NodesMin = start.NodesMin,
            NodesHoped = start.NodesHoped, Observers = [start.Client], ObserverEndpoints = [start.ClientEndpoint],
            IsObserver = isObserver,
        };
        return new HostedRun(system, context, dataPlane);
    }
}
