using ClusterGd.Core.Reduction;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// What every slice knows, and which event changes it; and what it asks of its policy. What must outlive its node is in
/// <see cref="SliceState"/>: that travels to backups, in moves and into checkpoints.
/// </summary>
public abstract partial class Slice
{
    private readonly TimeSpan _retryInterval;

    private protected TrainingPlan Plan { get; }

    private protected int Index { get; }

    private protected string Node { get; }

    private protected int Generation { get; }

    /// <summary>Its first parameter.</summary>
    private protected int First { get; }

    private protected int Length { get; }

    private protected FloatPool Pool { get; }

    /// <summary>What the coordinator said last.</summary>
    private protected RunDirective? Directive { get; private set; }

    /// <summary>A host's backups and what they have: an update adds to it, what they say and layouts.</summary>
    private protected Replication Backups { get; }

    /// <summary>
    /// The term of the layout under which the host counts this backup: it can go on from whatever the host has
    /// published. Null if the host does not.
    /// </summary>
    public long? BackupTerm { get; private set; }

    /// <summary>What it said at the last evaluation, kept for who asks again.</summary>
    private protected SliceSummary? LastSummary { get; private set; }

    /// <summary>Of the present step only: an observer that did not get it may ask again. A step forgets it.</summary>
    private protected SliceState? Checkpoint { get; set; }

    // The best parameters so far: an evaluation and its directive change them.
    private float[]? _best;

    /// <summary>The end: the directive says of which step the result is.</summary>
    private protected bool IsFinal { get; private set; }

    /// <summary>A number that is not finite: it comes before the end.</summary>
    private protected Divergence? Divergence { get; private set; }

    private (long Step, bool IsFinal) _published = (-1, false);

    /// <summary>Of the last message or tick.</summary>
    private protected TimeSpan Now { get; set; }

    /// <summary>Of the last message that brought it further.</summary>
    private protected TimeSpan LastProgress { get; set; }

    /// <summary>A message that is only for this policy.</summary>
    /// <returns>False where it is for another one.</returns>
    private protected abstract bool TryWork(object message, TimeSpan now, Outbox outbox);

    /// <summary>The directive may let it go further than the one before.</summary>
    private protected virtual void LimitMoved(long before) { }

    /// <summary>Does what the host can do now, by the directive and what is here.</summary>
    private protected abstract void GoOn(Outbox outbox);

    /// <summary>Asks again for what the host lacks to go on.</summary>
    private protected virtual void AskAgain(Outbox outbox) { }

    /// <summary>Whether a node that lacks the present parameters may have them.</summary>
    private protected virtual bool MayAnswer => true;

    /// <summary>Updates made: steps, or lines of a mode's order.</summary>
    private protected virtual long UpdateCount => Step;

    /// <summary>Of a mode: in which its next update is made. See <see cref="SliceUpdate.OrderTerm"/>.</summary>
    private protected virtual long OrderTerm => 0;

    /// <summary>Makes the host's update here as well. Its buffer is the caller's.</summary>
    private protected abstract void Follow(SliceUpdate update);

    /// <summary>A backup has said what it has.</summary>
    /// <param name="isNew">For the first time since the host waits for it.</param>
    private protected abstract void BackupCame(BackupStep backup, bool isNew, Outbox outbox);

    /// <summary>Goes on in the place of another host.</summary>
    /// <param name="isFirst">There was none before.</param>
    private protected abstract void TakeOver(bool isFirst, Outbox outbox);

    /// <summary>Another layout may mean that work goes elsewhere.</summary>
    private protected virtual void LayoutFollowed(Layout? before, Outbox outbox) { }

    /// <summary>Whether its state is one that can be handed over: between two updates, nothing under way.</summary>
    private protected virtual bool HasState => true;

    /// <summary>Whether it stands where a move begins.</summary>
    private protected abstract bool IsAtRest { get; }

    /// <summary>Whether a state has more in it than this slice.</summary>
    private protected abstract bool IsNewer(SliceState state);

    /// <summary>Fills in the policy's part.</summary>
    private protected abstract SliceState Export(SliceState state);

    /// <summary>Takes the policy's part over; the rest is here already.</summary>
    private protected abstract void TakeState(SliceState state);

    /// <summary>Whether the present parameters are those of the present step.</summary>
    private protected virtual bool IsAtStep => true;

    /// <summary>What it tells of the present step, which is evaluated: sums start from zero.</summary>
    private protected abstract SliceSummary MakeSummary();

    /// <summary>Mean loss of the rows of the last update; NaN before the first.</summary>
    private protected abstract double StepLoss { get; }

    private protected abstract void CopyParameters(Span<float> parameters);

    /// <summary>Takes other parameters: a result, from which nothing goes on.</summary>
    private protected abstract void TakeParameters(ReadOnlySpan<float> parameters);

    /// <summary>Goes back to the parameters of the last evaluation that was left: a result.</summary>
    private protected abstract void TakeMark();

    /// <summary>Whether a run that has diverged can end where this slice is.</summary>
    private protected virtual bool MayEnd(RunEnding ending) => true;

    /// <summary>Nothing goes on: what is under way is void.</summary>
    private protected abstract void EndAt(long step);
}
