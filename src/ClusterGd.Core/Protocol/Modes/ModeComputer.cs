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

    /// <summary>The worker's result; gives the assignment's buffer back.</summary>
    /// <returns>Null where there is none, since the loss was not finite.</returns>
    public WorkerPush? Compute(Assignment assignment, out Divergence? divergence)
    {
        long stateSince = 0;
        var sum = _local is null
            ? Gradient(assignment.Worker, assignment.Sequence, assignment.Model.Values.Retain(), out divergence)
            : LocalSteps(assignment, _local.Every, out stateSince, out divergence);
        assignment.Release();
        if (divergence is null) return new WorkerPush(assignment.Term, assignment.Model.Step, sum, stateSince);
        sum.Values.Release();
        return null;
    }

    /// <summary>A worker's own optimizer begins anew with its next assignment.</summary>
    public void Forget(int worker) => _models[worker] = null;

    /// <summary>Exact sums over all rows of a set, which must be there.</summary>
    public MetricSums Evaluate(RowSet set, ReadOnlySpan<float> parameters)
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

    /// <param name="parameters">Its share is given back.</param>
    private GradientSum Gradient(int shard, long step, PooledFloats parameters, out Divergence? divergence)
    {
        var sum = _computer.Gradient(
            shard, Pass.MiniBatch, new ParameterVersion(step, false, double.NaN, parameters), _pool, out divergence);
        parameters.Release();
        return sum;
    }

    private GradientSum LocalSteps(
        Assignment assignment, int every, out long stateSince, out Divergence? divergence)
    {
        var model = _models[assignment.Worker] ??= new LocalModel(_plan);
        model.Begin(assignment);
        stateSince = model.StateSince;
        long step = assignment.Sequence * every, end = Math.Min(step + every, _plan.StepsTotal);
        var parameters = assignment.Model.Values.Retain();
        GradientSum sum;
        int count = 0;
        double lossSum = 0;
        while (true)
        {
            sum = Gradient(assignment.Worker, step, parameters, out divergence);
            if (divergence is not null) return sum;
            model.Working.Apply(step, sum.Values.Span, sum.Count, _plan.LearningRates.At(step + 1));
            count += sum.Count;
            lossSum += sum.LossSum;
            if (++step == end) break;
            sum.Values.Release();
            parameters = _pool.Rent();
            model.Working.CopyTo(parameters.Span);
        }
        // What the steps have changed takes the last gradient's place.
        var change = sum.Values.Span;
        model.Working.CopyTo(change);
        var before = assignment.Model.Parameters;
        for (int i = 0; i < change.Length; i++) change[i] = before[i] - change[i];
        Kernels.HalfKernels.Round(change, _plan.ElementOf(Pass.MiniBatch));
        return sum with { Step = assignment.Sequence, Count = count, LossSum = lossSum };
    }

    private ParameterVersion Version(long step, ReadOnlySpan<float> parameters)
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
