using System.Collections.Immutable;
using Akka.Actor;
using ClusterGd.Cluster.Actors;
using ClusterGd.Cluster.Faults;
using ClusterGd.Cluster.Logging;
using ClusterGd.Cluster.Rows;
using ClusterGd.Cluster.Transport;
using ClusterGd.Cluster.Wire;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Options;
using ClusterGd.Core.Protocol;
using ClusterGd.Data;
using ClusterGd.Data.Jobs;

namespace ClusterGd.Cluster.Hosting;

/// <summary>Makes what a process needs to take part in a run that another one submits.</summary>
internal sealed class RunFactory(
    ActorSystem system, string nodeName, TensorListener listener, string endpoint, ShardCache cache,
    RunLogs logs, Action<string> died, LiveFaults? faults)
{
    /// <summary>
    /// Reads the job and, where its files are here with the same content, the rows; else the shards hosted here are
    /// fetched when they are needed. Takes as long as the data is large, so not on an actor's thread.
    /// </summary>
    /// <exception cref="InputException">The job cannot be used here; one sentence.</exception>
    public async Task<HostedRun> PrepareAsync(
        StartRun start, Action<TrainingEvent> report, CancellationToken cancelled)
    {
        var job = JobFile.Parse(start.Job, "the job of the run", [], JobTables.All, "/");
        var plan = new TrainingPlan(job, start.Data);
        var loaded = DataProvider.TryLoad(
            job.Data, JobTargets.KindOf(job), job.Seed, start.Data.ContentHash, out string whyNot);
        if (loaded is not null)
        {
            var whole = new ShardStore(loaded.DataSet, plan.ShardCount);
            return Make(start, plan, whole, report, isObserver: false, NewDataPlane(start, plan, whole));
        }
        logs.Run.RowsFetched(RunLogger.NameOf(start.RunId), start.ClientEndpoint, whyNot);
        var store = new ShardStore(start.Data, plan.ShardCount);
        var dataPlane = NewDataPlane(start, plan, store);
        var cancel = CancellationTokenSource.CreateLinkedTokenSource(cancelled);
        try
        {
            var fetcher = new RowFetcher(plan, store, cache, dataPlane.AskForRows, logs.Peer)
            {
                Sources = [start.ClientEndpoint],
            };
            dataPlane.Fetcher = fetcher;
            float[]? initial = plan.CanInitialize(store) || !plan.HasOwnInitial
                ? null : await FetchInitialAsync(fetcher, start, cancel.Token).ConfigureAwait(false);
            return Make(
                start, plan, store, report, isObserver: false, dataPlane, initial,
                (shard, endpoints) =>
                {
                    // The client may be gone, and then another node may have the shard.
                    fetcher.Sources = [start.ClientEndpoint, .. endpoints.Except([start.ClientEndpoint, endpoint])];
                    return fetcher.FetchAsync(shard, cancel.Token);
                }, cancel);
        }
        catch
        {
            dataPlane.Dispose();
            throw;
        }
    }

    private async Task<float[]> FetchInitialAsync(RowFetcher fetcher, StartRun start, CancellationToken cancelled)
    {
        var fetching = fetcher.FetchInitialAsync(cancelled);
        Waiting? last = null;
        await Waits.TellAsync(fetching, () => $"the first parameters from {start.ClientEndpoint}", waiting =>
        {
            if (!Waits.IsNews(waiting, last)) return;
            last = waiting;
            logs.Run.RunWaits(RunLogger.NameOf(start.RunId), waiting.What, waiting.Since.TotalSeconds);
        }).ConfigureAwait(false);
        return await fetching.ConfigureAwait(false);
    }

    /// <summary>The same for the client, which has the rows and hosts nothing.</summary>
    public HostedRun Observe(
        StartRun start, TrainingPlan plan, ShardStore rows, CheckpointKeeper? keeper, Action<TrainingEvent> report) =>
        Make(start, plan, rows, report, isObserver: true, NewDataPlane(start, plan, rows), keeper: keeper);

    /// <summary>What to tell a person of a failure.</summary>
    public static string Sentence(Exception failure) => failure.GetBaseException() switch
    {
        InputException refused => refused.Problems[0],
        var e => $"{e.GetType().Name}: {e.Message}",
    };

    private TcpDataPlane NewDataPlane(StartRun start, TrainingPlan plan, ShardStore rows)
    {
        var handshake = new Handshake(
            start.RunId, nodeName, JobText.Hash(plan.Job, JobTables.All), plan.Data.ContentHash, KernelVersion.Current);
        var dataPlane = new TcpDataPlane(listener, handshake, plan, nodeName, endpoint, logs.Peer, died, faults);
        dataPlane.Server = new RowServer(
            plan, rows, () => plan.CanInitialize(rows) ? plan.InitialParameters(rows) : null);
        return dataPlane;
    }

    private HostedRun Make(
        StartRun start, TrainingPlan plan, ShardStore rows, Action<TrainingEvent> report, bool isObserver,
        TcpDataPlane dataPlane, float[]? initial = null, Func<int, ImmutableArray<string>, Task>? fetch = null,
        CancellationTokenSource? cancel = null, CheckpointKeeper? keeper = null)
    {
        var logger = new RunLogger(logs.Run, start.RunId);
        RunContext? context = null;
        context = new RunContext(plan, rows)
        {
            RunId = start.RunId, Node = NodeActor.Shorten(nodeName), DataPlane = dataPlane, Log = logs.Run,
            Report = Report, Endpoint = endpoint,
            NodesMin = plan.Job.Cluster.NodesMin, Backups = plan.Job.Cluster.Backups, NodesHoped = start.NodesHoped,
            Observers = [start.Client], ObserverEndpoints = [start.ClientEndpoint],
            IsObserver = isObserver, FetchRows = fetch, Keeper = keeper, Faults = faults,
            Initial = new Lazy<float[]>(
                () => initial ?? keeper?.Start?.Parameters() ?? plan.InitialParameters(rows)),
        };
        dataPlane.Failed = bug => context.Fail("the tensor plane", bug);
        return new HostedRun(system, context, dataPlane, cancel);

        void Report(TrainingEvent happened)
        {
            logger.Take(happened, context?.NewestStep ?? 0);
            report(happened);
        }
    }
}
