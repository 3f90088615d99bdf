using ClusterGd.Core.Protocol;

namespace ClusterGd.Core.Modes;

/// <summary>See <see cref="BoundedStaleness"/>.</summary>
internal sealed class BoundedStalenessServer(TrainingPlan plan, ReadOnlySpan<float> initial, int bound)
    : ModeServer(plan, initial)
{
    private readonly SortedDictionary<long, Step> _steps = [];

    public override long VersionsTotal => Plan.StepsTotal;

    private protected override bool MayBegin(int worker, long sequence) =>
        sequence < Plan.StepsTotal && sequence - Version <= bound;

    private protected override bool Take(WorkerPush push, ModelVersion read)
    {
        if (!_steps.TryGetValue(push.Sequence, out var step))
        {
            step = new Step(new WorkResult?[Plan.ShardCount], new long[Plan.ShardCount]);
            _steps.Add(push.Sequence, step);
        }
        step.Parts[push.Worker] = push.Result;
        step.Reads[push.Worker] = read.Version;
        while (_steps.TryGetValue(Version, out var next) && !next.Parts.Contains(null))
        {
            _steps.Remove(Version);
            var sum = TreeSum.Of(next.Parts, Plan.ElementOf(Pass.MiniBatch))!;
            Model.Apply(Version, sum.Values, sum.Count, Plan.LearningRates.At(Version + 1));
            foreach (long version in next.Reads) CountStaleness(Version - version);
            Updated();
        }
        return true;
    }

    private sealed record Step(WorkResult?[] Parts, long[] Reads);
}
