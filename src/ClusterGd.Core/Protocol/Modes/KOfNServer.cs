using ClusterGd.Core.Modes;
using ClusterGd.Core.Reduction;


namespace ClusterGd.Core.Protocol;

/// <summary>
/// See <see cref="KOfN"/>. As many rows are counted as in synchronous training, in n/k as many steps; the schedule's
/// time is that of the rows.
/// </summary>
internal sealed class KOfNServer : ModeServer
{
    private readonly int _k;
    private readonly ShardSums _parts;

    public KOfNServer(TrainingPlan plan, ReadOnlySpan<float> initial, int k) : base(plan, initial)
    {
        _k = k;
        _parts = new ShardSums(plan.ShardCount, plan.ElementOf(Pass.MiniBatch));
    }

    public override long VersionAt(long step) => (step * Plan.ShardCount + _k - 1) / _k;

    // What has not been counted may be lost.
    private protected override long Reach => _parts.Count > 0 ? Version + 1 : Version;

    // One gradient of a worker a step: its next rows wait for the next.
    private protected override bool MayBegin(int worker, long sequence, long limit) =>
        !_parts.Has(worker);

    private protected override bool Take(WorkerPush push, ParameterVersion read)
    {
        if (read.Step != Version) return false;
        _parts.Add(push.Sum);
        CountStaleness(0);
        if (_parts.Count < _k) return true;
        var sum = _parts.TakeSum();
        Model.Apply(Version, sum.Values.Span, sum.Count, Plan.LearningRates.At(Version * _k / Plan.ShardCount + 1));
        Updated(sum);
        return true;
    }

    private protected override void Restore(ModeState state) => _parts.Clear();
}
