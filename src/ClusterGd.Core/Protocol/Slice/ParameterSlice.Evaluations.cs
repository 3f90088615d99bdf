using ClusterGd.Core.Kernels;

namespace ClusterGd.Core.Protocol;

/// <summary>What synchronous steps add up between two evaluations, and the parameters that a run ends with.</summary>
public sealed partial class ParameterSlice
{
    private protected override SliceSummary MakeSummary()
    {
        var summary = new SliceSummary(
            Index, Step, IsFinal, _statistics.LossSum, _statistics.RowCount,
            VectorKernels.SquaredNorm(_updater.Parameters), _updater.SquaredChangeSinceMark(), _updater.Penalty(),
            _updater.LearningRate, _statistics.NoiseSum, _statistics.LeafCount, _statistics.StepSquaredNormSum,
            _statistics.StepCount, _statistics.Digest);
        // Where a run is about to be interrupted it may still go on: then the next evaluation counts all steps.
        if (!IsFinal && Plan.IsEvaluation(Step)) _statistics = default;
        return summary;
    }

    private protected override double StepLoss => _stepLoss;

    private protected override void CopyParameters(Span<float> parameters) => _updater.Parameters.CopyTo(parameters);

    private protected override void TakeParameters(ReadOnlySpan<float> parameters) => _updater.Restore(parameters);

    private protected override void TakeMark() => _updater.RestoreMark();

    private protected override bool MayEnd(RunEnding ending) => Step >= ending.KeptStep;

    private protected override void EndAt(long step)
    {
        _step = step;
        ForgetParts();
        ForgetNorms();
    }
}
