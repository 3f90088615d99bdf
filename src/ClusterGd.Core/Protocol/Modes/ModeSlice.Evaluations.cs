namespace ClusterGd.Core.Protocol;

/// <summary>What is evaluated where it stands at the coordinator's limit, and the parameters that a run ends with.
/// </summary>
public sealed partial class ModeSlice
{
    private protected override bool IsAtStep => _server.Version == _server.VersionAt(Step);

    private protected override SliceSummary MakeSummary()
    {
        var statistics = _server.Statistics;
        // Steps may be closer together than updates: nothing has been counted then, and the last sums still hold.
        bool isSame = statistics.RowCount == 0 && LastSummary is not null;
        double lossSum = isSame ? LastSummary!.LossSum : statistics.LossSum;
        long rows = isSame ? LastSummary!.RowCount : statistics.RowCount;
        if (!IsFinal) _server.ResetStatistics();
        return new SliceSummary(
            0, Step, IsFinal, lossSum, rows, _server.SquaredNorm(), _server.SquaredChangeSinceMark(),
            _server.Penalty(), _server.LearningRate, 0, 0, 0, statistics.StepCount);
    }

    private protected override double StepLoss => _server.LastLoss;

    private protected override void CopyParameters(Span<float> parameters) => _server.CopyParameters(parameters);

    private protected override void TakeParameters(ReadOnlySpan<float> parameters) => _server.Restore(parameters);

    private protected override void TakeMark() => _server.RestoreMark();

    private protected override void EndAt(long step)
    {
        _server.EndAt(step);
        _committed = _server.Log.Count;
    }
}
