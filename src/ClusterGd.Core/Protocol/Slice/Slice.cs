using ClusterGd.Core.Kernels;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// A slice of the parameters as one node has it: as its host, as a backup, or to keep its state. What every slice does
/// is here: it follows the coordinator, publishes, is followed by backups, evaluated, saved and ended. Who gives out
/// the work, and what an update is made from, is the policy of <see cref="ParameterSlice"/>, which adds up a step's
/// gradients, and of <see cref="ModeSlice"/>, whose server takes results as they come. Pure: no clock, no sending. One
/// owner.
/// </summary>
public abstract partial class Slice : IRole
{
    private protected Slice(
        TrainingPlan plan, int index, string node, int generation, TimeSpan retryInterval, int window)
    {
        (Plan, Index, Node, Generation, _retryInterval) = (plan, index, node, generation, retryInterval);
        First = plan.SliceStarts[index];
        Length = plan.SliceStarts[index + 1] - First;
        Pool = new Reduction.FloatPool(Length);
        Backups = new Replication(window);
    }

    /// <summary>A slice of a run.</summary>
    /// <param name="node">The node it is at: its host by the layout, or a backup, or one that only keeps its
    /// state.</param>
    /// <param name="initial">The whole parameter vector at step 0; read only.</param>
    /// <param name="retryInterval">Time without progress after which what is missing is asked for again.</param>
    public static Slice Create(
        TrainingPlan plan, int index, string node, int generation, ReadOnlySpan<float> initial,
        TimeSpan retryInterval) => plan.Mode.IsSynchronous
            ? new ParameterSlice(plan, index, node, generation, initial, retryInterval)
            : new ModeSlice(plan, node, generation, initial, retryInterval);

    /// <summary>A slice that goes on where another node's left off.</summary>
    /// <inheritdoc cref="Create(TrainingPlan, int, string, int, ReadOnlySpan{float}, TimeSpan)"/>
    public static Slice Create(
        TrainingPlan plan, int index, string node, int generation, SliceState state, TimeSpan retryInterval)
    {
        var slice = Create(plan, index, node, generation, new float[plan.Model.ParameterCount], retryInterval);
        slice.Import(state);
        return slice;
    }

    /// <summary>Updates made; of a mode, the last step at which it stood.</summary>
    public abstract long Step { get; }

    /// <summary>The present parameters; valid until the next message.</summary>
    public abstract ReadOnlySpan<float> Parameters { get; }

    /// <summary>Gradients that a second node answered as well, and whose bits were compared.</summary>
    public virtual long ComparedCount => 0;

    /// <summary>Where it is between two publications, for people; null where each step is published.</summary>
    public virtual SliceProgress? Progress => null;

    /// <summary>Who is waited for, for what; null where nobody is.</summary>
    public abstract string? DescribeWait();

    public void Handle(object message, TimeSpan now, Outbox outbox)
    {
        switch (message)
        {
            case RunDirective directive:
                Handle(directive, now, outbox);
                break;
            case SliceUpdate update:
                Handle(update, now, outbox);
                break;
            case BackupStep backup:
                Handle(backup, outbox);
                break;
            case BackupCounted counted:
                Handle(counted);
                break;
            case SliceRequest request:
                Answer(request.Node, outbox);
                break;
            case StateRequest request:
                HandOver(request.Node, outbox);
                break;
            case SliceState state:
                Restore(state, outbox);
                break;
            default:
                if (!TryWork(message, now, outbox)) (message as ITensorMessage)?.Release();
                break;
        }
    }

    /// <summary>What the coordinator wants: idempotent, so it may come twice, late or out of order.</summary>
    public void Handle(RunDirective directive, TimeSpan now, Outbox outbox)
    {
        if (!directive.Supersedes(Directive)) return;
        // What has diverged does nothing more, but to take the parameters that are kept.
        if (Divergence is not null && directive.Ending is not { IsDiverged: true }) return;
        var before = Directive;
        Directive = directive;
        Now = now;
        if (directive.Limit != before?.Limit) LastProgress = now;
        LimitMoved(before?.Limit ?? 0);
        FollowLayout(before?.Layout, outbox);
        if (!IsServing || TryFinishDiverged(outbox) || Divergence is not null) return;
        KnowIfEvaluated();
        GoOn(outbox);
    }

    /// <summary>Publishes the present parameters to a node that lacks them.</summary>
    public void Answer(string node, Outbox outbox)
    {
        if (IsServing && Divergence is null && MayAnswer && Snapshot(outbox) is { } published)
        {
            outbox.Send(RoleAddress.OfNode(node), published);
        }
    }

    /// <summary>Asks again for what has been missing for long.</summary>
    public void Tick(TimeSpan now, Outbox outbox)
    {
        Now = now;
        if (now - LastProgress < _retryInterval) return;
        LastProgress = now;
        if (Divergence is not null)
        {
            // The word may have been lost, or the coordinator that heard it.
            outbox.Send(RoleAddress.Coordinator, Divergence);
            return;
        }
        if (Backup is not null) ReportBackup(outbox);
        if (!IsServing) return;
        SendMissing(outbox);
        if (!IsFinal) AskAgain(outbox);
    }

    private protected bool IsServing => Directive is not null && Directive.Layout.SliceHosts[Index] == Node;

    /// <summary>How far the coordinator lets it go.</summary>
    private protected long Limit => Directive?.Limit ?? 0;

    /// <summary>To every node of the layout.</summary>
    private protected void Publish(Outbox outbox)
    {
        _published = (Step, IsFinal);
        if (Snapshot(outbox) is { } published) published.SendTo(Directive!.Layout, outbox);
    }

    /// <summary>Unless that is done.</summary>
    private protected void PublishOnce(Outbox outbox)
    {
        if (_published != (Step, IsFinal)) Publish(outbox);
    }

    /// <summary>Ends the run where the numbers are not finite.</summary>
    /// <param name="what">Of a parameter.</param>
    /// <param name="element">What the values have been rounded to.</param>
    private protected bool HasDiverged(
        string what, ReadOnlySpan<float> values, ElementType element, long step, Outbox outbox)
    {
        if (VectorKernels.IsAllFinite(values)) return false;
        int bad = 0;
        while (float.IsFinite(values[bad])) bad++;
        string remedy = element == ElementType.Float32
            ? ": try a smaller learning rate or clipNorm"
            : $" as {element.Name()}, which ends at 65504: set training.wire to bfloat16, which has float32's range, " +
              "or try a smaller learning rate";
        Diverge(
            new Divergence(step, $"{what}parameter {First + bad} became {values[bad]} in step {step}{remedy}"),
            outbox);
        return true;
    }

    private protected void Diverge(Divergence divergence, Outbox outbox)
    {
        Divergence = divergence;
        outbox.Send(RoleAddress.Coordinator, divergence);
    }

    /// <summary>
    /// Of the types of the wire, float16 alone is exceeded by numbers that training may well have.
    /// </summary>
    private protected bool IsHalf => Plan.Job.Training.Wire == ElementType.Float16;

    /// <summary>By the nodes that are to compute them.</summary>
    private protected string ShardsByNode(IEnumerable<int> shards) => string.Join("; ", shards
        .GroupBy(shard => Directive!.Layout.ShardHosts[shard], StringComparer.Ordinal)
        .Select(node => $"shard{(node.Count() > 1 ? "s" : "")} {LayoutText.Ranges([.. node])} at {node.Key}"));

    /// <summary>The present parameters as they travel; null where they cannot.</summary>
    private SlicePublished? Snapshot(Outbox outbox)
    {
        var copy = Pool.Rent();
        CopyParameters(copy.Span);
        var element = Plan.ElementOf(IsFinal);
        HalfKernels.Round(copy.Span, element);
        if (IsHalf && HasDiverged("", copy.Span, element, Step, outbox))
        {
            copy.Release();
            return null;
        }
        return new SlicePublished(Index, Generation, Directive!.Layout.Term, Step, IsFinal, StepLoss, copy);
    }
}

/// <summary>How far a mode's server is.</summary>
/// <param name="Step">That it is not beyond.</param>
/// <param name="Loss">Mean loss of the rows of the last update.</param>
public readonly record struct SliceProgress(long Step, double Loss);
