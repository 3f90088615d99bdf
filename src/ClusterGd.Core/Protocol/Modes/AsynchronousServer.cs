using ClusterGd.Core.Modes;


namespace ClusterGd.Core.Protocol;

/// <summary>
/// See <see cref="Asynchronous"/>. The schedule's time is that of synchronous training over the same rows: one step for
/// as many updates as there are workers.
/// </summary>
internal sealed class AsynchronousServer(TrainingPlan plan, ReadOnlySpan<float> initial, Asynchronous mode)
    : ModeServer(plan, initial)
{
    private readonly DelayCompensator? _compensator =
        mode.Compensation == DelayCompensation.None ? null : new DelayCompensator(mode, plan.Model.ParameterCount);

    public override long VersionAt(long step) => step * Plan.ShardCount;

    private protected override long Reach => Version + BusyCount;

    // A quick worker goes on while others are slow: all rows together are as many as in synchronous training.
    private protected override bool MayBegin(int worker, long sequence, long limit) => Version + BusyCount < limit;

    private protected override bool Take(WorkerPush push, ParameterVersion read)
    {
        var sum = push.Sum;
        long missed = Version - read.Step;
        float rate = Plan.LearningRates.At(Version / Plan.ShardCount + 1);
        if (mode.IsStalenessAware) rate /= Math.Max(1, missed);
        int count = sum.Count;
        if (_compensator is not null)
        {
            _compensator.Apply(sum.Values.Span, Math.Max(1, count), Model.ToArray(), read.Parameters);
            count = 1;
        }
        Model.Apply(Version, sum.Values.Span, count, rate);
        CountStaleness(missed);
        Updated(sum);
        return true;
    }

    private protected override double[] ExportMeanSquare() => _compensator?.MeanSquare.ToArray() ?? [];

    private protected override void Restore(ModeState state) => _compensator?.Restore(state.MeanSquare);
}
