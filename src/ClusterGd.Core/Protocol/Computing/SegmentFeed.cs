using ClusterGd.Core.Kernels;
using ClusterGd.Core.Models;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// Hands out the segments of one gradient, the last first, each rounded and as soon as it is final; none where the loss
/// is not finite. One thread at a time.
/// </summary>
internal sealed class SegmentFeed(TrainingPlan plan) : IGradientListener
{
    private readonly int[] _cuts = [.. plan.Segments.Select(segment => segment.First)];
    private GradientSum? _sum;
    private Action<GradientSum>? _ready;
    private int _left;

    public ReadOnlySpan<int> Cuts => _cuts;

    /// <summary>Takes over the buffer's one share and makes one a segment of it.</summary>
    /// <param name="sum">Of a gradient that is about to be computed: all but its numbers and the loss.</param>
    /// <param name="ready">Becomes owner of each part.</param>
    public void Begin(GradientSum sum, Action<GradientSum> ready)
    {
        (_sum, _ready, _left) = (sum, ready, plan.Segments.Length);
        if (_left > 1) sum.Values.Retain(_left - 1);
    }

    public void FinalFrom(int first, double lossSum)
    {
        if (!double.IsFinite(lossSum)) return;
        while (_left > 0 && _cuts[_left - 1] >= first)
        {
            int segment = --_left;
            HalfKernels.Round(plan.Segments[segment].Of(_sum!), plan.ElementOf(_sum!.Pass));
            _ready!(_sum with { LossSum = lossSum, Segment = segment });
        }
    }

    /// <summary>All of a gradient that is there already, rounded.</summary>
    /// <inheritdoc cref="Begin"/>
    public void HandOut(GradientSum sum, Action<GradientSum> ready)
    {
        Begin(sum, ready);
        FinalFrom(0, sum.LossSum);
        End();
    }

    /// <summary>Gives back what was not handed out.</summary>
    public void End()
    {
        for (; _left > 0; _left--) _sum!.Values.Release();
        (_sum, _ready) = (null, null);
    }
}
