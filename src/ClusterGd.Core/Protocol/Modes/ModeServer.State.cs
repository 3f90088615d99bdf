using System.Collections.Immutable;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// A server's state at a stop, for another that goes on with it, and what an evaluation wants to know.
/// </summary>
public abstract partial class ModeServer
{
    /// <summary>
    /// All that it knows, added to what its slice knows. To be called at a stop only: nothing is under way there.
    /// </summary>
    internal SliceState Export(SliceState state) => Model.Export(state) with
    {
        Step = Step, StepLoss = LastLoss, Statistics = _statistics,
        Mode = new ModeState(
            Term, Version, [.. _next], [.. _stateSince], ExportVelocity(), ExportMeanSquare(),
            _staleness.ToImmutableSortedDictionary(), DroppedCount, RowsCounted, [.. _log]),
    };

    /// <summary>Goes on from a state, which may have nothing but parameters in it.</summary>
    internal void Import(SliceState state)
    {
        Model.Import(state);
        ForgetSnapshot();
        LastLoss = state.StepLoss;
        _statistics = state.Statistics;
        Unassign();
        Step = Stop = state.Step;
        if (state.Mode is not { } mode) return;
        (Term, Version) = (mode.Term, mode.Version);
        mode.Next.CopyTo(_next);
        mode.StateSince.CopyTo(_stateSince);
        (DroppedCount, RowsCounted) = (mode.Dropped, mode.RowsCounted);
        _log.Clear();
        _log.AddRange(mode.Log);
        _staleness.Clear();
        foreach (var (missed, count) in mode.Staleness) _staleness[missed] = count;
        Restore(mode);
    }

    /// <summary>What has been counted since it was last asked for with a reset.</summary>
    internal SliceStatistics Statistics => _statistics;

    internal void ResetStatistics() => _statistics = default;

    /// <summary>The parameters of an evaluation are about to be left.</summary>
    internal void Mark() => Model.Mark();

    /// <summary>Goes back to those of the last evaluation that was left: a result.</summary>
    internal void RestoreMark() => Model.RestoreMark();

    /// <summary>Nothing goes on: what is under way is void.</summary>
    internal void EndAt(long step)
    {
        Step = Stop = step;
        Unassign();
    }

    internal double SquaredNorm() => Model.SquaredNorm();

    internal double SquaredChangeSinceMark() => Model.SquaredChangeSinceMark();

    /// <summary>Of the last update.</summary>
    internal double LearningRate => Model.LearningRate;

    /// <summary>Takes other parameters: a result, from which nothing goes on.</summary>
    internal void Restore(ReadOnlySpan<float> parameters) => Model.Restore(parameters);

    /// <summary>
    /// Takes over what the mode itself knows, and forgets parts of a step: there are none at a stop.
    /// </summary>
    private protected virtual void Restore(ModeState state) { }

    private protected virtual float[] ExportVelocity() => [];

    private protected virtual double[] ExportMeanSquare() => [];
}
