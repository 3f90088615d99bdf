using ClusterGd.Core.Data;
using ClusterGd.Core.Metrics;
using ClusterGd.Core.Modes;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// Computes assignments: a micro-batch's gradient, or a round of a worker's own steps. The optimizer's state of those
/// stays with the worker; an assignment that is computed again begins from the same state, and one that follows on
/// another host's work from none. One thread at a time.
/// </summary>
public sealed class ModeComputer
{
    private readonly TrainingPlan _plan;
    private readonly ShardComputer _computer;
    private readonly FloatPool _pool;
    private readonly LocalSteps? _local;
    private readonly LocalModel?[] _models;

    public ModeComputer(TrainingMode mode, TrainingPlan plan, ShardStore store)
    {
        _plan = plan;
        _computer = new ShardComputer(plan, store);
        _pool = new FloatPool(plan.Model.ParameterCount);
        _local = mode as LocalSteps;
        _models = new LocalModel?[plan.ShardCount];
    }

    public WorkResult Compute(Assignment assignment) => _local is null
        ? Gradient(assignment.Worker, assignment.Sequence, assignment.Model.Parameters)
        : LocalSteps(assignment, _local.Every);

    /// <summary>A worker's own optimizer begins anew with its next assignment.</summary>
    public void Forget(int worker) => _models[worker] = null;

    /// <summary>Exact sums over all rows of a set, which must be there.</summary>
    public MetricSums Evaluate(RowSet set, float[] parameters)
    {
        var version = Version(0, parameters);
        var sums = _computer.Evaluate(0, set, version);
        for (int shard = 1; shard < _plan.ShardCount; shard++)
        {
            sums = MetricSums.Add(sums, _computer.Evaluate(shard, set, version));
        }
        version.Values.Release();
        return sums;
    }

    private WorkResult Gradient(int shard, long step, float[] parameters)
    {
        var version = Version(step, parameters);
        var sum = _computer.Gradient(shard, Pass.MiniBatch, version, _pool, out var divergence);
        version.Values.Release();
        float[] values = sum.Values.Span.ToArray();
        sum.Values.Release();
        return new WorkResult(sum.Count, sum.LossSum, values, divergence);
    }

    private WorkResult LocalSteps(Assignment assignment, int every)
    {
        var model = _models[assignment.Worker] ??= new LocalModel(_plan);
        model.Begin(assignment);
        long step = assignment.Sequence * every, end = Math.Min(step + every, _plan.StepsTotal);
        float[] before = assignment.Model.Parameters, parameters = before;
        int count = 0;
        double lossSum = 0;
        for (; step < end; step++)
        {
            var result = Gradient(assignment.Worker, step, parameters);
            if (result.Divergence is not null) return result;
            model.Working.Apply(step, result.Values, result.Count, _plan.LearningRates.At(step + 1));
            parameters = model.Working.ToArray();
            count += result.Count;
            lossSum += result.LossSum;
        }
        var change = new float[before.Length];
        for (int i = 0; i < change.Length; i++) change[i] = before[i] - parameters[i];
        Kernels.HalfKernels.Round(change, _plan.ElementOf(Pass.MiniBatch));
        return new WorkResult(count, lossSum, change, null, model.StateSince);
    }

    private ParameterVersion Version(long step, float[] parameters)
    {
        var values = _pool.Rent();
        parameters.CopyTo(values.Span);
        return new ParameterVersion(step, false, double.NaN, values);
    }

    /// <summary>A worker's optimizer state: as the last round left it, and as this one makes it.</summary>
    private sealed class LocalModel(TrainingPlan plan)
    {
        private readonly WholeModel _settled = new(plan, new float[plan.Model.ParameterCount]);
        private long _sequence = -1, _stateBefore;

        public WholeModel Working { get; } = new(plan, new float[plan.Model.ParameterCount]);

        /// <summary>The round that began with none.</summary>
        public long StateSince { get; private set; }

        public void Begin(Assignment assignment)
        {
            long sequence = assignment.Sequence, counted = assignment.StateSince;
            // A later round shows that the one before has counted.
            if (sequence == _sequence + 1 && counted == StateSince) _settled.RestoreSlots(Working);
            else if (sequence != _sequence || counted != _stateBefore)
            {
                _settled.RestoreSlots(new WholeModel(plan, new float[plan.Model.ParameterCount]));
                StateSince = sequence;
            }
            (_sequence, _stateBefore) = (sequence, counted);
            Working.RestoreSlots(_settled);
            Working.Restore(assignment.Model.Parameters);
        }
    }
}
