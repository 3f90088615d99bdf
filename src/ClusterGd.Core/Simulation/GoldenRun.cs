using ClusterGd.Core.Data;
using ClusterGd.Core.Faults;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Metrics;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Core.Simulation;

/// <summary>
/// A run on one node without faults: every version of the parameters, which other runs must come to as well, and what
/// was computed on the way, which they need not compute once more. Read only, so any number of threads may share it.
/// </summary>
public sealed class GoldenRun
{
    private const long FloatsMax = 64L << 20;
    private readonly Dictionary<(long Step, bool IsFinal), float[]> _versions = [];
    private readonly Dictionary<(int Shard, Pass, long Step), (GradientSum Header, float[] Values)> _gradients = [];
    private readonly Dictionary<(int Shard, RowSet, long Step, bool IsFinal), MetricSums> _evaluations = [];
    private long _floats;

    private GoldenRun(float[] initial) => Initial = initial;

    /// <summary>The parameters at step 0.</summary>
    internal float[] Initial { get; }

    public RunOutcome Outcome { get; private set; } = null!;

    /// <summary>The final parameters.</summary>
    public float[] Result { get; private set; } = [];

    /// <exception cref="InvalidOperationException">The run has no result even without faults; the message says
    /// why.</exception>
    public static GoldenRun Record(TrainingPlan plan, ShardStore rows)
    {
        var golden = new GoldenRun(plan.InitialParameters(rows));
        var result = new SimulatedCluster(
            plan, rows, FaultPlan.None, 0, new SimulationOptions { Nodes = 1 }, golden: null, recorder: golden).Run();
        if (result.Problem is not null || result.Outcome!.End is not (RunEnd.Finished or RunEnd.Diverged))
        {
            throw new InvalidOperationException(result.Problem ?? result.Outcome!.Reason);
        }
        (golden.Outcome, golden.Result) = (result.Outcome, result.Parameters);
        return golden;
    }

    /// <summary>The parameters as they are published; null where the run has no such version.</summary>
    internal float[]? Version(long step, bool isFinal) => _versions.GetValueOrDefault((step, isFinal));

    internal (GradientSum Header, float[] Values)? FindGradient(int shard, Pass pass, ParameterVersion version) =>
        _gradients.TryGetValue((shard, pass, version.Step), out var known) && IsRight(version) ? known : null;

    internal MetricSums? FindEvaluation(int shard, RowSet set, ParameterVersion version) =>
        _evaluations.TryGetValue((shard, set, version.Step, version.IsFinal), out var known) && IsRight(version)
            ? known : null;

    internal void Add(ParameterVersion version)
    {
        if (!_versions.ContainsKey((version.Step, version.IsFinal)))
        {
            _versions.Add((version.Step, version.IsFinal), version.Parameters.ToArray());
        }
    }

    internal void Add(int shard, GradientSum sum)
    {
        if ((_floats += sum.Values.Length) > FloatsMax) return;
        _gradients[(shard, sum.Pass, sum.Step)] = (sum, sum.Values.Span.ToArray());
    }

    internal void Add(int shard, RowSet set, ParameterVersion version, MetricSums sums) =>
        _evaluations[(shard, set, version.Step, version.IsFinal)] = sums;

    private bool IsRight(ParameterVersion version) =>
        Version(version.Step, version.IsFinal) is { } right && Bits.AreEqual(version.Parameters, right);
}
