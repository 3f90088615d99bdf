using ClusterGd.Core.Attacks;
using ClusterGd.Core.Data;
using ClusterGd.Core.Metrics;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Core.Simulation;

/// <summary>
/// Computes gradients and evaluations, or takes them from the run without faults, where they were computed from the
/// very same parameters.
/// </summary>
internal sealed class SimulatedComputer(
    TrainingPlan plan, ShardStore rows, AttackPlan? attack, GoldenRun? golden, GoldenRun? recorder)
{
    private readonly FloatPool _pool = new(plan.Model.ParameterCount);
    private ShardComputer? _computer;

    private ShardComputer Computer => _computer ??= new ShardComputer(plan, rows, attack);

    public GradientSum Gradient(int shard, Pass pass, ParameterVersion version, out Divergence? divergence)
    {
        divergence = null;
        if (golden?.FindGradient(shard, pass, version) is { } known)
        {
            var values = _pool.Rent();
            known.Values.CopyTo(values.Span);
            return known.Header with { Values = values };
        }
        var sum = Computer.Gradient(shard, pass, version, _pool, out divergence);
        if (divergence is null) recorder?.Add(shard, sum);
        return sum;
    }

    public MetricSums Evaluate(int shard, RowSet set, ParameterVersion version)
    {
        if (golden?.FindEvaluation(shard, set, version) is { } known) return known;
        var sums = Computer.Evaluate(shard, set, version);
        recorder?.Add(shard, set, version, sums);
        return sums;
    }
}
