using ClusterGd.Core.Modes;
using ClusterGd.Core.Reduction;


namespace ClusterGd.Core.Protocol;

/// <summary>See <see cref="BoundedStaleness"/>.</summary>
internal sealed class BoundedStalenessServer(TrainingPlan plan, ReadOnlySpan<float> initial, int bound)
    : ModeServer(plan, initial)
{
    private readonly SortedDictionary<long, Step> _steps = [];

    public override long VersionAt(long step) => step;

    private protected override long Reach => SequencesBegun;

    private protected override bool MayBegin(int worker, long sequence, long limit) =>
        sequence < Plan.StepsTotal && sequence < limit && sequence - Version <= bound;

    private protected override bool Take(WorkerPush push, ParameterVersion read)
    {
        if (!_steps.TryGetValue(push.Sequence, out var step))
        {
            step = new Step(new ShardSums(Plan.ShardCount, Plan.ElementOf(Pass.MiniBatch)), new long[Plan.ShardCount]);
            _steps.Add(push.Sequence, step);
        }
        step.Parts.Add(push.Sum);
        step.Reads[push.Worker] = read.Step;
        while (_steps.TryGetValue(Version, out var next) && next.Parts.Count == Plan.ShardCount)
        {
            _steps.Remove(Version);
            var sum = next.Parts.TakeSum();
            Model.Apply(Version, sum.Values.Span, sum.Count, Plan.LearningRates.At(Version + 1));
            foreach (long version in next.Reads) CountStaleness(Version - version);
            Updated(sum);
        }
        return true;
    }

    private protected override void Restore(ModeState state)
    {
        foreach (var step in _steps.Values) step.Parts.Clear();
        _steps.Clear();
    }

    /// <param name="Reads">By worker the version that it read.</param>
    private new sealed record Step(ShardSums Parts, long[] Reads);
}
