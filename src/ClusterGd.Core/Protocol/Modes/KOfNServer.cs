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
    private readonly WorkResult?[] _parts;
    private int _count;

    public KOfNServer(TrainingPlan plan, ReadOnlySpan<float> initial, int k) : base(plan, initial)
    {
        _k = k;
        _parts = new WorkResult?[plan.ShardCount];
    }

    public override long VersionAt(long step) => (step * Plan.ShardCount + _k - 1) / _k;

    // What has not been counted may be lost.
    private protected override long Reach => _count > 0 ? Version + 1 : Version;

    // One gradient of a worker a step: its next rows wait for the next.
    private protected override bool MayBegin(int worker, long sequence, long limit) =>
        _parts[worker] is null;

    private protected override bool Take(WorkerPush push, ModelVersion read)
    {
        if (read.Version != Version) return false;
        _parts[push.Worker] = push.Result;
        CountStaleness(0);
        if (++_count < _k) return true;
        var sum = TreeSum.Of(_parts, Plan.ElementOf(Pass.MiniBatch))!;
        Model.Apply(Version, sum.Values, sum.Count, Plan.LearningRates.At(Version * _k / Plan.ShardCount + 1));
        Array.Clear(_parts);
        _count = 0;
        Updated(sum.Count, sum.LossSum);
        return true;
    }

    private protected override void Restore(ModeState state)
    {
        Array.Clear(_parts);
        _count = 0;
    }
}
