using ClusterGd.Core.Modes;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// A slice of the parameters as its host sees it: of synchronous steps (<see cref="ParameterSlice"/>) or of another
/// mode (<see cref="ModeSlice"/>). What only one of them gets, the other drops. Pure: no clock, no sending. One owner.
/// </summary>
public interface ISlice
{
    /// <summary>Updates made; of a mode, the last step at which it stood.</summary>
    long Step { get; }

    /// <summary>
    /// The term of the layout under which the host counts this backup: whatever the host has published, it can go on
    /// from. -1 where the host does not.
    /// </summary>
    long BackupTerm { get; }

    ReadOnlySpan<float> Parameters { get; }

    /// <summary>Gradients that a second node answered as well, and whose bits were compared.</summary>
    long ComparedCount => 0;

    /// <summary>Where it is between two publications, for people; null where each step is published.</summary>
    SliceProgress? Progress => null;

    void Handle(RunDirective directive, TimeSpan now, Outbox outbox);

    /// <summary>Publishes the present parameters to a node that lacks them.</summary>
    void Answer(string node, Outbox outbox);

    /// <summary>Sends all that it knows to a node that takes it over, to a backup, or to an observer.</summary>
    void HandOver(string node, Outbox outbox);

    /// <summary>A backup that has fallen behind gets its host's state.</summary>
    void Restore(SliceState state, Outbox outbox);

    void Handle(BackupStep backup, Outbox outbox);

    void Handle(BackupCounted counted);

    /// <summary>Asks again for what has been missing for long.</summary>
    void Tick(TimeSpan now, Outbox outbox);

    /// <summary>To be called every few hundredths of a second for the first slice.</summary>
    void LookForLate(TimeSpan now, Outbox outbox) { }

    /// <summary>Who is waited for, for what; null where nobody is.</summary>
    string? DescribeWait();

    /// <summary>Takes over the part.</summary>
    void Handle(GradientPart part, TimeSpan now, Outbox outbox) => part.Sum.Values.Release();

    /// <summary>Releases its buffer.</summary>
    void Handle(SliceUpdate update, TimeSpan now, Outbox outbox) => update.Sum.Values.Release();

    void Handle(SliceNorm norm, Outbox outbox) { }

    void AnswerNorm(long step, Outbox outbox) { }

    void Handle(WorkerPush push, TimeSpan now, Outbox outbox) { }

    void Handle(AssignmentRequest request, Outbox outbox) { }

    void Handle(ModeEntry entry, TimeSpan now, Outbox outbox) { }

    void Handle(OrderRequest request, Outbox outbox) { }

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
