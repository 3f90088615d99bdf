using System.Collections.Immutable;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Optimizers;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// All slices of the parameters in one place, with the update and the clipping that they make together when they are
/// apart: the same bits. One owner.
/// </summary>
internal sealed class WholeModel
{
    private readonly TrainingPlan _plan;
    private readonly ImmutableArray<int> _starts;
    private readonly SliceUpdater[] _slices;

    public WholeModel(TrainingPlan plan, ReadOnlySpan<float> initial) : this(plan, plan.UpdateStarts, initial) { }

    /// <param name="starts">The first parameter of each slice, and one past the last: clipping adds their norms in this
    /// order.</param>
    public WholeModel(TrainingPlan plan, ImmutableArray<int> starts, ReadOnlySpan<float> initial)
    {
        (_plan, _starts) = (plan, starts);
        _slices = new SliceUpdater[starts.Length - 1];
        for (int i = 0; i < _slices.Length; i++) _slices[i] = new SliceUpdater(plan, First(i), Part(initial, i));
    }

    /// <summary>Makes update number step + 1.</summary>
    /// <param name="sum">Σ of gradients.</param>
    /// <param name="count">What turns the sum into the mean.</param>
    public void Apply(long step, ReadOnlySpan<float> sum, int count, float learningRate)
    {
        double clip = 1, limit = _plan.Job.Optimizer.ClipNorm;
        if (limit > 0)
        {
            double scale = 1.0 / Math.Max(1, count), squared = 0;
            for (int i = 0; i < _slices.Length; i++)
            {
                squared += VectorKernels.SquaredNorm(Part(sum, i)) * scale * scale;
            }
            clip = GradientClip.Factor(Math.Sqrt(squared), limit);
        }
        for (int i = 0; i < _slices.Length; i++)
        {
            _slices[i].Apply(step, Part(sum, i), count, clip, learningRate);
        }
    }

    public float[] ToArray()
    {
        var all = new float[_plan.Model.ParameterCount];
        CopyTo(all);
        return all;
    }

    public void CopyTo(Span<float> all)
    {
        for (int i = 0; i < _slices.Length; i++) _slices[i].Parameters.CopyTo(all[First(i)..]);
    }

    public void Restore(ReadOnlySpan<float> parameters)
    {
        for (int i = 0; i < _slices.Length; i++) _slices[i].Restore(Part(parameters, i));
    }

    /// <summary>Takes over another's optimizer state.</summary>
    public void RestoreSlots(WholeModel other)
    {
        for (int i = 0; i < _slices.Length; i++) _slices[i].RestoreSlots(other._slices[i]);
    }

    /// <summary>l2/2·‖w‖² + l1·‖w‖₁.</summary>
    public double Penalty()
    {
        double penalty = 0;
        foreach (var slice in _slices) penalty += slice.Penalty();
        return penalty;
    }

    public double SquaredNorm()
    {
        double squared = 0;
        foreach (var slice in _slices) squared += VectorKernels.SquaredNorm(slice.Parameters);
        return squared;
    }

    /// <summary>‖w − w at the last mark‖²; NaN before the first mark.</summary>
    public double SquaredChangeSinceMark()
    {
        double squared = 0;
        foreach (var slice in _slices) squared += slice.SquaredChangeSinceMark();
        return squared;
    }

    public void Mark()
    {
        foreach (var slice in _slices) slice.Mark();
    }

    public void RestoreMark()
    {
        foreach (var slice in _slices) slice.RestoreMark();
    }

    /// <summary>Of the last update; 0 before the first.</summary>
    public double LearningRate => _slices[0].LearningRate;

    /// <summary>Fills in its part of the state of the one slice that has all parameters.</summary>
    public SliceState Export(SliceState state)
    {
        var parts = Array.ConvertAll(_slices, slice => slice.Export(state));
        return state with
        {
            Parameters = Joined(parts, part => part.Parameters), Slot0 = Joined(parts, part => part.Slot0),
            Slot1 = Joined(parts, part => part.Slot1), LearningRate = LearningRate,
            Marked = parts[0].Marked is null ? null : Joined(parts, part => part.Marked!),
        };
    }

    /// <summary>Goes on from the state of one slice.</summary>
    public void Import(int slice, SliceState state) => _slices[slice].Import(state);

    /// <summary>Goes on from such a state.</summary>
    public void Import(SliceState state)
    {
        for (int i = 0; i < _slices.Length; i++)
        {
            _slices[i].Import(state with
            {
                Parameters = Cut(state.Parameters, i), Slot0 = Cut(state.Slot0, i), Slot1 = Cut(state.Slot1, i),
                Marked = state.Marked is null ? null : Cut(state.Marked, i),
            });
        }
    }

    public bool IsAllFinite() => Array.TrueForAll(_slices, slice => VectorKernels.IsAllFinite(slice.Parameters));

    private static float[] Joined(SliceState[] parts, Func<SliceState, float[]> part) => [.. parts.SelectMany(part)];

    /// <summary>Nothing of nothing: a rule may have fewer slots.</summary>
    private float[] Cut(float[] all, int slice) => all.Length == 0 ? [] : Part(all, slice).ToArray();

    private int First(int slice) => _starts[slice];

    private ReadOnlySpan<float> Part(ReadOnlySpan<float> all, int slice) =>
        all[First(slice)..First(slice + 1)];
}
