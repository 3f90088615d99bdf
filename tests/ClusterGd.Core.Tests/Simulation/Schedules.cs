using System.Collections.Concurrent;
using ClusterGd.Core.Data;
using ClusterGd.Core.Faults;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Simulation;
using ClusterGd.Tests;

namespace ClusterGd.Core.Tests.Simulation;

/// <summary>
/// A short job, and what its schedules must come to: the parameters of a plain loop. CLUSTERGD_SEEDS sets how many are
/// tried; CLUSTERGD_SEED tries one, with its whole trace, which is how a failure is replayed; the deep tests try all,
/// and the others the first tenth.
/// </summary>
internal sealed class Schedules
{
    private static readonly ConcurrentDictionary<string, Schedules> s_known = new();
    private readonly ShardStore _store;
    private readonly string _name;

    private Schedules(Job job, DataSet data)
    {
        _name = job.Name;
        Plan = new TrainingPlan(job, data);
        _store = new ShardStore(data, Plan.ShardCount);
        Golden = GoldenRun.Record(Plan, _store);
        if (!Bits.AreEqual(Golden.Result, SequentialTrainer.Train(job, data, Plan.StepsTotal)))
        {
            throw new InvalidOperationException(
                $"job {_name} has other parameters without faults than in a plain loop");
        }
    }

    public TrainingPlan Plan { get; }

    public GoldenRun Golden { get; }

    /// <summary>A test job by name, with fewer and larger steps.</summary>
    public static Schedules Of(string name) => s_known.GetOrAdd(name, _ =>
    {
        var (job, data) = TestJobs.Named(name);
        return Of((job with
        {
            Name = name, Training = job.Training with { Epochs = 2, BatchSize = 250 },
        }, data));
    });

    public static Schedules Of((Job Job, DataSet Data) of) => new(of.Job, of.Data);

    /// <param name="count">Of a deep run.</param>
    public static IEnumerable<ulong> Seeds(int count)
    {
        count = TestDepth.Of((count + 9) / 10, count);
        if (ulong.TryParse(Environment.GetEnvironmentVariable("CLUSTERGD_SEED"), out ulong one)) return [one];
        if (int.TryParse(Environment.GetEnvironmentVariable("CLUSTERGD_SEEDS"), out int stated)) count = stated;
        return Enumerable.Range(1, count).Select(i => (ulong)i);
    }

    public SimulationResult Run(FaultPlan faults, ulong seed, SimulationOptions options) =>
        new SimulatedCluster(Plan, _store, faults, seed, options, Golden).Run();

    /// <summary>Runs a schedule a seed, and fails with the trace of the first that goes wrong.</summary>
    /// <param name="test">The test class, to replay by.</param>
    /// <param name="alsoCheck">A further demand; null where it is met.</param>
    public void Check(
        string test, int count, Func<ulong, SimulationOptions> options,
        Func<ulong, SimulationOptions, FaultPlan> faults, Func<SimulationResult, string?>? alsoCheck = null) =>
        Parallel.ForEach(Seeds(count), (seed, loop) =>
        {
            var setting = options(seed);
            var plan = faults(seed, setting);
            string? problem = ProblemOf(Run(plan, seed, setting));
            if (problem is null) return;
            loop.Stop();
            var traced = Run(plan, seed, setting with { IsTraced = true });
            throw new Xunit.Sdk.XunitException(
                $"job {_name}, seed {seed}, {setting.Nodes} nodes: {problem}\n{string.Join('\n', plan.Faults)}\n" +
                $"{string.Join('\n', traced.Trace)}\nreplay: CLUSTERGD_SEED={seed} dotnet test -c Release " +
                $"tests/ClusterGd.Core.Tests --filter {test}");

            string? ProblemOf(SimulationResult result) => result.Problem ?? alsoCheck?.Invoke(result);
        });
}
