using System.Collections.Concurrent;
using ClusterGd.Cluster.Transport;
using ClusterGd.Core.Data;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Hosting;

/// <summary>
/// What the actors of a process share while it takes part in a run: the plan, the rows, scratch memory, and the way out for the result. Thread-safe.
/// </summary>
public sealed class RunContext(
    TrainingPlan plan, ShardStore store, string fingerprint, int nodesMin, IDataPlane dataPlane, Action<TrainingEvent> report)
{
    /// <summary>How long a protocol waits before it asks again; only a lost message or a very long step ever needs it.</summary>
    public static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private readonly ConcurrentBag<ShardComputer> _computers = [];

    public TrainingPlan Plan => plan;

    /// <summary>Job, data and kernel version in one string: nodes must agree on it.</summary>
    public string Fingerprint => fingerprint;

    public int NodesMin => nodesMin;

    public IDataPlane DataPlane => dataPlane;

    /// <summary>The first parameters, computed once a process.</summary>
    public Lazy<float[]> Initial { get; } = new(() => plan.InitialParameters(store));

    /// <summary>Buffers for gradients of all parameters.</summary>
    public FloatPool Gradients { get; } = new(plan.Model.ParameterCount);

    /// <summary>Completes when the run has ended, or fails where an actor does.</summary>
    public TaskCompletionSource<RunEnded> Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Report(TrainingEvent happened) => report(happened);

    /// <summary>Scratch for one computation; give it back.</summary>
    public ShardComputer RentComputer() => _computers.TryTake(out var computer) ? computer : new ShardComputer(plan, store);

    public void Return(ShardComputer computer) => _computers.Add(computer);
}

/// <summary>The result of a run in this process.</summary>
public sealed record RunEnded(RunOutcome Outcome, float[] Parameters);
