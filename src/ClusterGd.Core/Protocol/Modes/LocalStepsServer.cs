using ClusterGd.Core.Kernels;
using ClusterGd.Core.Modes;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// See <see cref="LocalSteps"/>: v ← μ·v + Δ, w ← w − η·(Δ + μ·v) with Δ the mean of what the workers changed. A round
/// waits for all of them, so the result depends on job and data alone here too.
/// </summary>
internal sealed class LocalStepsServer(TrainingPlan plan, ReadOnlySpan<float> initial, LocalSteps mode)
    : ModeServer(plan, initial)
{
    private readonly ShardSums _parts = new(plan.ShardCount, plan.ElementOf(Pass.MiniBatch));
    private readonly float[] _velocity = new float[plan.Model.ParameterCount];

    /// <summary>Rounds.</summary>
    public override long VersionAt(long step) => (step + mode.Every - 1) / mode.Every;

    private protected override long Reach => SequencesBegun;

    private protected override bool MayBegin(int worker, long sequence, long limit) =>
        sequence == Version && sequence < VersionsTotal && sequence < limit;

    private protected override bool Take(WorkerPush push, ParameterVersion read)
    {
        _parts.Add(push.Sum);
        CountStaleness(0);
        if (_parts.Count < Plan.ShardCount) return true;
        var sum = _parts.TakeSum();
        var change = sum.Values.Span;
        for (int i = 0; i < change.Length; i++) change[i] /= Plan.ShardCount;
        float momentum = (float)mode.OuterMomentum, rate = (float)mode.OuterLearningRate;
        var parameters = Model.ToArray();
        for (int i = 0; i < change.Length; i++)
        {
            _velocity[i] = MathF.FusedMultiplyAdd(momentum, _velocity[i], change[i]);
        }
        VectorKernels.AddScaled(-rate, change, parameters);
        VectorKernels.AddScaled(-rate * momentum, _velocity, parameters);
        Model.Restore(parameters);
        Updated(sum);
        return true;
    }

    private protected override float[] ExportVelocity() => [.. _velocity];

    private protected override void Restore(ModeState state)
    {
        _parts.Clear();
        state.Velocity.CopyTo(_velocity, 0);
    }
}
