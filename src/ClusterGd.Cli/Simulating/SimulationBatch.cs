using ClusterGd.Core.Data;
using ClusterGd.Core.Faults;
using ClusterGd.Core.Models;
using ClusterGd.Core.Options;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Simulation;

namespace ClusterGd.Cli.Simulating;

/// <summary>A job, its nodes and its faults: any seed of it can be tried, by any number of threads at once.</summary>
internal sealed class SimulationBatch
{
    private readonly TrainingPlan _plan;
    private readonly ShardStore _rows;
    private readonly FaultPlan? _faults;
    private readonly GoldenRun? _golden;

    /// <param name="faults">Null where each seed draws its own.</param>
    /// <exception cref="InputException">The job does not finish.</exception>
    public SimulationBatch(TrainingPlan plan, ShardStore rows, int nodes, FaultPlan? faults)
    {
        (_plan, _rows, Nodes, _faults, Steps) = (plan, rows, nodes, faults, plan.StepsTotal);
        try
        {
            if (plan.Mode.IsSynchronous) _golden = GoldenRun.Record(plan, rows);
            else RunWithoutFaults();
        }
        catch (InvalidOperationException reason)
        {
            throw new InputException($"the job does not finish even without faults: {reason.Message}");
        }
        if (_golden is not null) Steps = _golden.Outcome.Step;
    }

    public int Nodes { get; }

    public long Steps { get; }

    /// <summary>The hash that every run ends with; null if the job's mode promises none.</summary>
    public string? ResultHash => _golden is null ? null : ModelHash.Of(_golden.Result);

    /// <summary>The faults of a seed.</summary>
    public FaultPlan FaultsOf(ulong seed) => _faults ?? FaultPlan.Random(seed, new FaultRange
    {
        Nodes = Nodes, Steps = Steps, Time = TimeSpan.FromSeconds(1) + OptionsOf(seed, false).TimeOf(Steps),
    });

    /// <summary>The result; its problem is the first promise that it breaks.</summary>
    public SimulationResult Run(ulong seed, bool isTraced)
    {
        var result = new SimulatedCluster(
            _plan, _rows, FaultsOf(seed), seed, OptionsOf(seed, isTraced), _golden).Run();
        return _golden is null ? result with { Problem = OrderCheck.ProblemOf(_plan, _rows, result) } : result;
    }

    private void RunWithoutFaults()
    {
        var result = new SimulatedCluster(_plan, _rows, FaultPlan.None, 0, new SimulationOptions(), null).Run();
        if (OrderCheck.ProblemOf(_plan, _rows, result) is { } problem) throw new InvalidOperationException(problem);
    }

    private SimulationOptions OptionsOf(ulong seed, bool isTraced) => new SimulationOptions
    {
        Nodes = Nodes, Backups = _plan.Job.Cluster.Backups, IsTraced = isTraced,
    }.WithTimesOf(seed);
}
