using ClusterGd.Core.Kernels;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// Where gradients are clipped by their global norm, the slices tell each other their part of it, and each waits for
/// all others before it updates.
/// </summary>
public sealed partial class ParameterSlice
{
    /// <summary>Another slice's norm. Its answer is due even where this slice is already a step further.</summary>
    public void Handle(SliceNorm norm, Outbox outbox)
    {
        if (norm.Step != Step || IsFinal || !IsServing) return;
        _norms[norm.Slice] = norm.SquaredNorm;
        TryUpdate(outbox);
    }

    /// <summary>A slice that lacks this one's norm of a step asks again.</summary>
    public void AnswerNorm(long step, Outbox outbox)
    {
        if (NormOf(step) is { } norm) ToOtherSlices(slice => new NormFor(slice, norm), outbox);
    }

    private SliceNorm? NormOf(long step) =>
        _lastNorm?.Step == step ? _lastNorm : _previousNorm?.Step == step ? _previousNorm : null;

    private void RequestNorms(Outbox outbox) => ToOtherSlices(slice => new NormRequest(slice, Step), outbox);

    private void ToOtherSlices(Func<int, object> message, Outbox outbox)
    {
        if (Directive is not { Layout.SliceHosts: var hosts }) return;
        for (int slice = 0; slice < hosts.Length; slice++)
        {
            if (slice != Index) outbox.Send(RoleAddress.OfSlice(slice, hosts[slice]), message(slice));
        }
    }

    private bool Clips => Plan.Job.Optimizer.ClipNorm > 0;

    private void ShareNorm(Outbox outbox)
    {
        _norms[Index] = _lastNorm!.SquaredNorm;
        var norm = _lastNorm;
        ToOtherSlices(slice => new NormFor(slice, norm), outbox);
    }

    private void RememberNorm(GradientSum root)
    {
        double scale = 1.0 / Math.Max(1, root.Count);
        _previousNorm = _lastNorm;
        _lastNorm = new SliceNorm(Index, Step, VectorKernels.SquaredNorm(Range(root)) * scale * scale);
    }

    private void ForgetNorms() => Array.Fill(_norms, -1);
}
