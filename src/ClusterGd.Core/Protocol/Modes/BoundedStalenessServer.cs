using ClusterGd.Core.Modes;
using ClusterGd.Core.Reduction;


namespace ClusterGd.Core.Protocol;

/// <summary>See <see cref="BoundedStaleness"/>.</summary>
internal sealed class BoundedStalenessServer(TrainingPlan plan, ReadOnlySpan<float> initial, int bound)
    : ModeServer(plan, initial)
{
    private readonly SortedDictionary<long, Parts> _steps = [];

    public override long VersionAt(long step) => step;

    private protected override long Reach => SequencesBegun;

    private protected override bool MayBegin(int worker, long sequence, long limit) =>
        sequence < Plan.StepsTotal && sequence < limit && sequence - Version <= bound;

    private protected override bool Take(WorkerPush push, ModelVersion read)
    {
        if (!_steps.TryGetValue(push.Sequence, out var step))
        {
            step = new Parts(new WorkResult?[Plan.ShardCount], new long[Plan.ShardCount]);
            _steps.Add(push.Sequence, step);
        }
        step.Results[push.Worker] = push.Result;
        step.Reads[push.Worker] = read.Version;
        while (_steps.TryGetValue(Version, out var next) && !next.Results.Contains(null))
        {
            _steps.Remove(Version);
            var sum = TreeSum.Of(next.Results, Plan.ElementOf(Pass.MiniBatch))!;
            Model.Apply(Version, sum.Values, sum.Count, Plan.LearningRates.At(Version + 1));
            foreach (long version in next.Reads) CountStaleness(Version - version);
            Updated(sum.Count, sum.LossSum);
        }
        return true;
    }

    private protected override void Restore(ModeState state) => _steps.Clear();

    private sealed record Parts(WorkResult?[] Results, long[] Reads);
}
