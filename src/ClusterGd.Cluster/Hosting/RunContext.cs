using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using ClusterGd.Cluster.Faults;
using ClusterGd.Cluster.Logging;
using ClusterGd.Cluster.Transport;
using ClusterGd.Core.Attacks;
using ClusterGd.Core.Convergence;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Reduction;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClusterGd.Cluster.Hosting;

/// <summary>
/// What the actors of a process share while it takes part in a run: the plan, the rows, scratch memory, and the way out
/// for the result. Thread-safe.
/// </summary>
public sealed class RunContext
{
    /// <summary>How long a protocol waits before it asks again: only a lost message or a long step needs it.</summary>
    public static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentBag<ShardComputer> _computers = [];
    private long _longestStepTicks, _newestStep;

    public RunContext(TrainingPlan plan, ShardStore store)
    {
        Plan = plan;
        Store = store;
        JobHash = JobText.Hash(plan.Job, JobTables.All);
        Initial = new Lazy<float[]>(() => Keeper?.Start?.Parameters() ?? plan.InitialParameters(store));
        Gradients = new FloatPool(plan.Model.ParameterCount);
    }

    public TrainingPlan Plan { get; }

    public ShardStore Store { get; }

    /// <summary>Tells this run from others of the same job.</summary>
    public required ulong RunId { get; init; }

    public required IDataPlane DataPlane { get; init; }

    public required Action<TrainingEvent> Report { get; init; }

    /// <summary>Where failures go with their traces. Default none.</summary>
    public ILogger Log { get; init; } = NullLogger.Instance;

    public string JobHash { get; }

    /// <summary>Job, data and kernel version in one string: nodes must agree on it.</summary>
    public string Fingerprint =>
        $"job {JobHash[..12]}, data {Plan.Data.ContentHash[..12]}, kernels {KernelVersion.Current}";

    /// <summary>Where this process's data plane listens; empty where it never leaves the process.</summary>
    public string Endpoint { get; init; } = "";

    /// <summary>host:port of this process's node; empty where all nodes are in this process.</summary>
    public string Node { get; init; } = "";

    /// <summary>What some shards send in place of their gradients; null where all are honest.</summary>
    public AttackPlan? Attack { get; init; }

    /// <summary>What this process's gradients suffer on purpose; null for nothing.</summary>
    public LiveFaults? Faults { get; init; }

    /// <summary>Nodes to wait for before the first step.</summary>
    public int NodesMin { get; init; } = 1;

    /// <summary>Nodes that follow each slice beside its host.</summary>
    public int Backups { get; init; }

    /// <summary>Nodes that are likely to come soon.</summary>
    public int NodesHoped { get; init; }

    /// <summary>Those that want the result and host nothing. None where every node is in this process.</summary>
    public ImmutableArray<string> Observers { get; init; } = [];

    public ImmutableArray<string> ObserverEndpoints { get; init; } = [];

    /// <summary>Whether the node of this process is such an observer.</summary>
    public bool IsObserver { get; init; }

    /// <summary>The name of the run's actor in every node.</summary>
    public string NodeActorName => NameOfNodeActor(RunId);

    public string CoordinatorName => Name("coordinator", RunId);

    /// <summary>The first parameters, computed once a process, or fetched where it has not the rows for them.</summary>
    public Lazy<float[]> Initial { get; init; }

    /// <summary>
    /// Brings a shard's rows into the store, from one of the endpoints of a layout or from the client; null where all
    /// rows are there.
    /// </summary>
    public Func<int, ImmutableArray<string>, Task>? FetchRows { get; init; }

    /// <summary>Where checkpoints go, and where a resumed run begins; null where this process keeps none.</summary>
    public CheckpointKeeper? Keeper { get; init; }

    /// <summary>Buffers for gradients of all parameters.</summary>
    public FloatPool Gradients { get; }

    /// <summary>Of the newest version of the parameters in this process: much older gradients are not needed.
    /// </summary>
    public long NewestStep
    {
        get => Volatile.Read(ref _newestStep);
        set => Volatile.Write(ref _newestStep, value);
    }

    /// <summary>All evaluations of a run that has ended, where every node is in this process; else empty.</summary>
    public ImmutableArray<Evaluation> History { get; set; } = [];

    /// <summary>The longest time between two versions of the parameters in this process so far.</summary>
    public TimeSpan LongestStep
    {
        get => new(Volatile.Read(ref _longestStepTicks));
        set => Volatile.Write(ref _longestStepTicks, value.Ticks);
    }

    /// <summary>Completes when the run has ended, or fails where an actor does.</summary>
    public TaskCompletionSource<RunEnded> Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The run is over in this process: something of it failed. Any thread.</summary>
    /// <param name="where">The part of the program.</param>
    public void Fail(string where, Exception failure)
    {
        var cause = failure.GetBaseException();
        string what = $"{where}: {cause.GetType().Name}: {cause.Message.ReplaceLineEndings(" ").TrimEnd('.')}";
        bool isFirst = Ended.TrySetException(RoleFailedException.IsOfMachine(failure)
            ? new InvalidOperationException(what, failure)
            : new RoleFailedException(
                $"{(Node.Length > 0 ? Node : "this process")} failed after step {Math.Max(0, NewestStep)} in {what}; " +
                "this is a bug of clustergd", $"{failure}"));
        string run = RunLogger.NameOf(RunId);
        if (isFirst) Log.PartFailed(failure, run, Math.Max(0, NewestStep), where);
        else Log.PartFailedLate(failure, run, where);
    }

    /// <summary>Completes when the node may go without loss, after it has asked.</summary>
    public TaskCompletionSource MayLeave { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Scratch for one computation; give it back.</summary>
    public ShardComputer RentComputer() =>
        _computers.TryTake(out var computer) ? computer : new ShardComputer(Plan, Store, Attack);

    public void Return(ShardComputer computer) => _computers.Add(computer);

    public static string NameOfNodeActor(ulong runId) => Name("run", runId);

    private static string Name(string what, ulong runId) =>
        string.Create(CultureInfo.InvariantCulture, $"{what}-{runId:x16}");
}

/// <summary>The result of a run in this process.</summary>
/// <param name="Order">Null where steps are synchronous.</param>
public sealed record RunEnded(RunOutcome Outcome, float[] Parameters, AppliedOrder? Order);
