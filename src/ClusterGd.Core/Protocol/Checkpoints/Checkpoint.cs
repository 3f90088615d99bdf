using System.Collections.Immutable;
using ClusterGd.Core.Convergence;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// All that training needs to go on after a step. What is not in here (row order, random numbers, learning rate, when
/// to evaluate) is a function of the job and the step. Immutable.
/// </summary>
/// <param name="Step">Updates made; ≥ 0.</param>
/// <param name="Elapsed">Time trained until then. The only part that is no function of job and data.</param>
/// <param name="History">
/// Every evaluation of the job before the step, ascending: the stop criteria's memory is rebuilt from it. One at the
/// step itself is not among them: it is made again, whether slices have begun with it or not.
/// </param>
/// <param name="Slices">By index, each at the step.</param>
public sealed record Checkpoint(
    long Step, TimeSpan Elapsed, ImmutableArray<Evaluation> History, ImmutableArray<SliceState> Slices)
{
    /// <summary>Where a run begins that has these parameters at step 0, and nothing else of another run.</summary>
    public static Checkpoint AtStart(TrainingPlan plan, ReadOnlySpan<float> parameters)
    {
        int slots = plan.UpdateRule.SlotCount;
        var slices = ImmutableArray.CreateBuilder<SliceState>(plan.SliceCount);
        for (int slice = 0; slice < plan.SliceCount; slice++)
        {
            int first = plan.SliceStarts[slice], length = plan.SliceStarts[slice + 1] - first;
            slices.Add(new SliceState
            {
                Slice = slice, Step = 0, IsFinal = false, StepLoss = double.NaN, Statistics = default,
                Parameters = parameters.Slice(first, length).ToArray(), Slot0 = new float[slots > 0 ? length : 0],
                Slot1 = new float[slots > 1 ? length : 0],
            });
        }
        return new Checkpoint(0, TimeSpan.Zero, [], slices.ToImmutable());
    }

    /// <summary>All parameters, flat.</summary>
    public float[] Parameters() => [.. Slices.SelectMany(slice => slice.Parameters)];
}
