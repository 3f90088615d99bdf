namespace ClusterGd.Core.Protocol;

/// <summary>
/// All that a slice knows between two steps: what another node needs to go on with the same bits. Arrays have the
/// slice's length. Immutable by convention: whoever gets it only reads.
/// </summary>
public sealed record SliceState : ITensorMessage
{
    public required int Slice { get; init; }

    /// <summary>Updates made.</summary>
    public required long Step { get; init; }

    public required bool IsFinal { get; init; }

    public required double StepLoss { get; init; }

    public required SliceStatistics Statistics { get; init; }

    public float[] Parameters { get; init; } = [];

    /// <summary>The optimizer's state; empty where the rule has fewer slots.</summary>
    public float[] Slot0 { get; init; } = [];

    public float[] Slot1 { get; init; } = [];

    /// <summary>
    /// The parameters at the last evaluation before this step, or the first ones; null where they are the present ones.
    /// </summary>
    public float[]? Marked { get; init; }

    /// <summary>The best parameters so far; null where none are kept.</summary>
    public float[]? Best { get; init; }

    /// <summary>
    /// What it said at the last evaluation, for a coordinator that asks again; null before the first.
    /// </summary>
    public SliceSummary? LastSummary { get; init; }

    public SliceGradient? LastGradient { get; init; }

    /// <summary>
    /// ‖g‖² of the last update's mean gradient over the slice: another slice may have to make that update yet, and ask
    /// whoever has this state. Null where gradients are not clipped by their norm, or nobody can need it.
    /// </summary>
    public double? LastSquaredNorm { get; init; }

    /// <summary>Of a slice whose steps are not synchronous; null for others, and where it has only parameters.
    /// </summary>
    public ModeState? Mode { get; init; }

    /// <summary>Of the last update.</summary>
    public double LearningRate { get; init; }

    /// <summary>To those who keep checkpoints: the observers, or this process where there are none.</summary>
    public void SendToKeepers(Layout layout, Outbox outbox)
    {
        if (layout.Observers.IsEmpty) outbox.Send(RoleAddress.OfNode(RoleAddress.KeeperName), this);
        foreach (string observer in layout.Observers) outbox.Send(RoleAddress.OfNode(observer), this);
    }
}
