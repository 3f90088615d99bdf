namespace ClusterGd.Core.Protocol;

/// <summary>
/// A slice of the parameters as its host sees it: of synchronous steps (<see cref="ParameterSlice"/>) or of another
/// mode (<see cref="ModeSlice"/>). What is only for the other kind is dropped. Pure: no clock, no sending. One owner.
/// </summary>
public interface ISlice : IRole
{
    /// <summary>Updates made; of a mode, the last step at which it stood.</summary>
    long Step { get; }

    /// <summary>
    /// The term of the layout under which the host counts this backup: whatever the host has published, it can go on
    /// from. Null if the host does not.
    /// </summary>
    long? BackupTerm { get; }

    ReadOnlySpan<float> Parameters { get; }

    /// <summary>Gradients that a second node answered as well, and whose bits were compared.</summary>
    long ComparedCount => 0;

    /// <summary>Where it is between two publications, for people; null where each step is published.</summary>
    SliceProgress? Progress => null;

    /// <summary>Who is waited for, for what; null where nobody is.</summary>
    string? DescribeWait();

    /// <summary>A slice of a run.</summary>
    /// <param name="node">The node it is at: its host by the layout, or a backup, or one that only keeps its
    /// state.</param>
    /// <param name="initial">The whole parameter vector at step 0; read only.</param>
    /// <param name="retryInterval">Time without progress after which what is missing is asked for again.</param>
    static ISlice Create(
        TrainingPlan plan, int index, string node, int generation, ReadOnlySpan<float> initial,
        TimeSpan retryInterval) => plan.Mode.IsSynchronous
            ? new ParameterSlice(plan, index, node, generation, initial, retryInterval)
            : new ModeSlice(plan, node, generation, initial, retryInterval);

    /// <summary>A slice that goes on where another node's left off.</summary>
    /// <inheritdoc cref="Create(TrainingPlan, int, string, int, ReadOnlySpan{float}, TimeSpan)"/>
    static ISlice Create(
        TrainingPlan plan, int index, string node, int generation, SliceState state, TimeSpan retryInterval)
    {
        if (plan.Mode.IsSynchronous) return new ParameterSlice(plan, index, node, generation, state, retryInterval);
        return new ModeSlice(plan, node, generation, state, retryInterval);
    }
}

/// <summary>How far a mode's server is.</summary>
/// <param name="Step">That it is not beyond.</param>
/// <param name="Loss">Mean loss of the rows of the last update.</param>
public readonly record struct SliceProgress(long Step, double Loss);
