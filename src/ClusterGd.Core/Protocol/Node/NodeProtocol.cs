using System.Collections.Immutable;
using ClusterGd.Core.Data;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// A node: hosts what the layout says, collects the slices of each version of the parameters, has its shards' gradients
/// computed, combines aligned subtrees before anything is sent, and evaluates. An observer is a node that no layout
/// gives anything to: it waits for the result. Pure: no clock, no sending, no arithmetic but the tree's. One owner.
/// </summary>
/// <param name="start">What an observer of a run that is resumed holds from the beginning.</param>
public sealed partial class NodeProtocol(
    string name, TrainingPlan plan, TimeSpan retryInterval, Checkpoint? start = null)
{
    public string Name => name;

    public RunDirective? Directive => _directive;

    /// <summary>Takes over the slice's share of the buffer.</summary>
    public void Handle(SlicePublished message, TimeSpan now, Outbox outbox)
    {
        _now = now;
        if (_newest[message.Slice] is { } newer && GoesBack(newer, message))
        {
            if (IsOfOneCoordinator(newer, message))
            {
                outbox.Send(RoleAddress.Coordinator, StepBack(newer, message));
            }
            else ForgetParameters();
        }
        var held = _newest[message.Slice];
        if (message.Generation != _generation
            || held is not null && VersionOrder(held.Step, held.IsFinal) >= VersionOrder(message.Step, message.IsFinal)
            || Current is not null
                && VersionOrder(Current.Step, Current.IsFinal) >= VersionOrder(message.Step, message.IsFinal))
        {
            message.Values.Release();
            return;
        }
        held?.Values.Release();
        _newest[message.Slice] = message;
        _lastProgress = now;
        foreach (var slice in _newest)
        {
            if (slice is null || slice.Step != message.Step || slice.IsFinal != message.IsFinal) return;
        }
        Adopt(message);
        outbox.Do(new NodeEffect.Advanced(Current!));
        ReportResult(outbox);
        Work(outbox);
    }

    public void Handle(RunDirective directive, TimeSpan now, Outbox outbox)
    {
        if (!directive.Supersedes(_directive)) return;
        _now = now;
        // A mere repetition is no progress: it must not keep the node from asking for what it lacks.
        if (_directive is null || directive.Limit != _directive.Limit
            || directive.IsFinishing != _directive.IsFinishing)
        {
            _lastProgress = now;
        }
        var before = _directive;
        _directive = directive;
        if (HasAnotherEnd) ForgetParameters();
        Remember(directive);
        AskForHistory(outbox);
        Follow(before?.Layout, outbox);
        _ending = directive.Ending ?? _ending;
        if (directive.IsHeld && directive.Layout.Nodes.Contains(name)
            && _assigned?.AnswersHeld(directive.Layout) != false)
        {
            long next = Current is null ? 0 : Math.Max(Current.Step, _startedStep + 1);
            outbox.Send(RoleAddress.Coordinator, new Held(name, directive.Layout.Term, next));
        }
        if (directive.IsSettled && before?.IsSettled != true) RequestMissingSlices(outbox);
        ReportCheckpoint(outbox);
        ReportResult(outbox);
        Work(outbox);
    }

    /// <summary>
    /// A slice misses these shards of a step: those hosted here and not under way are computed again, by others where
    /// this node cannot.
    /// </summary>
    public void GradientRequested(
        long step, Pass pass, IEnumerable<int> shards, TimeSpan now, Outbox outbox)
    {
        _now = now;
        if (pass == Pass.MiniBatch && NeverHas(step)) AskStandIns(step, shards, outbox);
        // A backup that took a slice over may need a step once more that all others have made.
        if (pass == Pass.MiniBatch && _previous?.Step == step) BeginAgain(_previous, pass, shards, outbox);
        if (Current is null || Current.Step != step || Current.IsFinal) return;
        if (pass == Pass.MiniBatch && _startedStep < step) return;
        BeginAgain(Current, pass, shards, outbox);
    }

    /// <summary>A segment of a shard's gradient, one leaf of the tree.</summary>
    public void Computed(GradientSum sum, TimeSpan now, Outbox outbox)
    {
        _now = now;
        var order = FindOrder(sum);
        if (order is null || !order.Tree.Offer(sum.Subtree, sum, _displaced))
        {
            sum.Values.Release();
            return;
        }
        Combine(order, sum, outbox);
    }

    /// <summary>The sum of a pair that <see cref="NodeEffect.Merge"/> asked for.</summary>
    public void Merged(GradientSum sum, TimeSpan now, Outbox outbox)
    {
        _now = now;
        var order = FindOrder(sum);
        if (order is null || !order.Tree.Returned(sum.Subtree, sum, _displaced))
        {
            sum.Values.Release();
            return;
        }
        Combine(order, sum, outbox);
    }

    /// <summary>What a mode's server wants a worker of this node to do.</summary>
    public void Handle(Assignment assignment, TimeSpan now, Outbox outbox)
    {
        // What a shard's new host has not the rows for yet, it asks for once it has.
        if (_assigned is not null && CanCompute(assignment.Worker)) _assigned.Handle(assignment, now, outbox);
        else assignment.Release();
    }

    /// <summary>What <see cref="NodeEffect.ComputeAssignment"/> asked for.</summary>
    public void Handle(AssignmentComputed computed, TimeSpan now, Outbox outbox) =>
        _assigned?.Computed(computed, _directive!.Layout, now, outbox);

    /// <summary>Lines of a mode's order of application, for who keeps it.</summary>
    public void Handle(OrderPart part, Outbox outbox)
    {
        if (part.Generation == _generation) _assigned?.Handle(part, outbox);
        ReportResult(outbox);
    }

    /// <summary>Asks for the lines of the order that are not here. Only who keeps it does so, now and then.</summary>
    public void SeeToOrder(Outbox outbox)
    {
        if (_directive is { Layout: { Nodes.IsEmpty: false } layout }) _assigned?.SeeToOrder(layout, outbox);
    }

    /// <summary>The order of application as far as it is known here; null where steps are synchronous.</summary>
    public AppliedOrder? Applied => _assigned?.Applied;

    /// <summary>An evaluation that was asked for is on its way to the coordinator.</summary>
    public void Evaluated(int shard, RowSet set) => _evaluating.Remove((shard, set));

    /// <summary>Asks again for what has been missing for long.</summary>
    public void Tick(TimeSpan now, Outbox outbox)
    {
        _now = now;
        if (_directive is not { } directive) return;
        if (directive.IsSettled) _assigned?.Tick(directive.Layout, CanCompute, now, outbox);
        if (now - _lastStateRequest >= retryInterval)
        {
            _lastStateRequest = now;
            RequestMissingStates(outbox);
            SeeToCheckpoint(outbox);
        }
        if (now - _lastProgress < retryInterval) return;
        _lastProgress = now;
        bool isWaiting = directive.IsFinishing
            ? Current?.IsFinal != true
            : NeedsParameters && (Current is null || Current.Step < directive.Limit);
        if (isWaiting && directive.IsSettled && _orders.Count == 0) RequestMissingSlices(outbox);
    }

    /// <summary>
    /// A backup that takes over is at most one update behind. A final version is no update: that of a run that has
    /// diverged has the step of the next evaluation, which its slices did not reach. Between two coordinators it means
    /// nothing: one that was cut off may have gone on with this node, while the others went on without it, and those
    /// steps are made again, to the same bits.
    /// </summary>
    private bool GoesBack(SlicePublished held, SlicePublished next) =>
        next.Generation == _generation && next.Term > held.Term && !held.IsFinal && next.Step < held.Step - 1;

    /// <summary>
    /// A slice that was cut off with a coordinator publishes what they made together under the term of the one that has
    /// taken over meanwhile, as soon as it hears of it: that one has not allowed it.
    /// </summary>
    private bool IsOfOneCoordinator(SlicePublished held, SlicePublished next) =>
        Terms.Round(held.Term) == Terms.Round(next.Term) && !(held.Step > _directive?.Limit);

    private Divergence StepBack(SlicePublished held, SlicePublished next) => new(
        next.Step, $"slice {next.Slice} went back from step {held.Step}, published in term {held.Term}, to step " +
            $"{next.Step} in term {next.Term}, as node {name} saw: a state was lost or is of another run",
        RunEnd.Corrupted);

    /// <summary>It has shards, or others ask it for work of a step that it lacks.</summary>
    private bool NeedsParameters => _shards.Count > 0 || _askedStep > (Current?.Step ?? -1);

    private static long VersionOrder(long step, bool isFinal) => step * 2 + (isFinal ? 1 : 0);

    /// <summary>
    /// Asks for the slices that keep the next version from being whole. Slices may be one version apart, and the result
    /// of the run comes after the last step's own version.
    /// </summary>
    private void RequestMissingSlices(Outbox outbox)
    {
        if (!NeedsParameters && !_directive!.IsFinishing) return;
        long newest = _newest.Max(slice => slice is null ? -1 : VersionOrder(slice.Step, slice.IsFinal));
        long current = Current is null ? -1 : VersionOrder(Current.Step, Current.IsFinal);
        for (int slice = 0; slice < _newest.Length; slice++)
        {
            long held = _newest[slice] is { } message ? VersionOrder(message.Step, message.IsFinal) : -1;
            if (held >= newest && held != current) continue;
            outbox.Send(
                RoleAddress.OfSlice(slice, _directive!.Layout.SliceHosts[slice]), new SliceRequest(slice, name));
        }
    }

    /// <summary>Makes the collected slices the current version; with one slice its buffer is used as it is.</summary>
    private void Adopt(SlicePublished last)
    {
        PooledFloats values;
        if (_newest.Length == 1)
        {
            values = last.Values.Retain();
        }
        else
        {
            values = _pool.Rent();
            for (int slice = 0; slice < _newest.Length; slice++)
            {
                _newest[slice]!.Values.Span.CopyTo(values.Span[plan.SliceStarts[slice]..]);
            }
        }
        if (Current is { } before)
        {
            if (last.Step > before.Step && _hasBackups)
            {
                (_previous, before) = (before, _previous);
            }
            before?.Values.Release();
        }
        Current = new ParameterVersion(last.Step, last.IsFinal, last.StepLoss, values);
        AbandonOrders();
        _evaluating.Clear();
    }

    /// <summary>Whether all that an observer wants of the run is here.</summary>
    public bool HasResult => Current is { IsFinal: true } && _assigned?.HasWholeOrder != false && HasWholeHistory;

    /// <summary>
    /// A coordinator that was cut off may have ended the run where it was interrupted; the others go on, and end it
    /// elsewhere.
    /// </summary>
    private bool HasAnotherEnd =>
        _newest.Any(slice => slice is { IsFinal: true } && slice.Step != _directive!.Ending?.Step);

    private void ReportResult(Outbox outbox)
    {
        if (HasResult && _directive is { IsFinishing: true } directive && directive.Layout.Observers.Contains(name))
        {
            outbox.Send(RoleAddress.Coordinator, new ResultReceived(name, _generation));
        }
    }

    private void AbandonOrders()
    {
        foreach (var order in _orders) order.Tree.Clear(_displaced);
        ReleaseDisplaced();
        _orders.Clear();
    }

    /// <summary>Starts whatever the current version and the directive call for.</summary>
    private void Work(Outbox outbox)
    {
        if (Current is not { } current || _directive is not { } directive) return;
        if (current.Step < directive.Limit)
        {
            if (_assigned is not null) return;
            // The end may be known from nodes that were cut off and further: then there are steps to make until there.
            if (directive.IsHeld || directive.Ending is { IsDiverged: true }) return;
            if (current.IsFinal || _startedStep >= current.Step) return;
            _startedStep = current.Step;
            Begin(current, Pass.MiniBatch, _shards, outbox);
            return;
        }
        if (current.Step != directive.EvaluateAt || current.Step != directive.Limit || directive.IsHeld
            || directive.IsFinishing != current.IsFinal)
        {
            return;
        }
        if (directive.HasFullPass && _fullPassStep < current.Step)
        {
            _fullPassStep = current.Step;
            Begin(current, Pass.Full, _shards, outbox);
        }
        Evaluate(RowSet.Train, directive.TrainShards, outbox);
        Evaluate(RowSet.Test, directive.TestShards, outbox);
        Evaluate(RowSet.Validation, directive.ValidationShards, outbox);
    }

    private void Evaluate(RowSet set, ImmutableArray<int> shards, Outbox outbox)
    {
        foreach (int shard in shards)
        {
            if (!CanCompute(shard) || !_evaluating.Add((shard, set))) continue;
            Current!.Values.Retain();
            outbox.Do(new NodeEffect.Evaluate(shard, set, Current));
        }
    }

    private void BeginAgain(ParameterVersion current, Pass pass, IEnumerable<int> shards, Outbox outbox) =>
        RecomputedCount += Begin(current, pass, shards, outbox);

    /// <returns>Gradients begun: those that are not under way already.</returns>
    private int Begin(ParameterVersion current, Pass pass, IEnumerable<int> shards, Outbox outbox)
    {
        var due = new SortedSet<int>();
        foreach (int shard in shards)
        {
            if (CanCompute(shard) && !IsUnderWay(current.Step, pass, shard)) due.Add(shard);
        }
        return Compute(current, pass, due, outbox);
    }

    private int Compute(ParameterVersion current, Pass pass, SortedSet<int> due, Outbox outbox)
    {
        bool isAlone = plan.Aggregation is not null && pass == Pass.MiniBatch;
        IEnumerable<Subtree> subtrees = isAlone
            ? due.Select(shard => Subtree.Leaf(shard).Canonical(plan.ShardCount))
            : Subtree.Cover(due, plan.ShardCount);
        foreach (var subtree in subtrees)
        {
            for (int segment = 0; segment < plan.Segments.Length; segment++)
            {
                var tree = new ReductionTree<GradientSum>(plan.ShardCount, subtree);
                _orders.Add(new Order(current.Step, pass, segment, tree));
            }
        }
        foreach (int shard in due)
        {
            _computing.Began(current.Step, _now);
            current.Values.Retain();
            outbox.Do(new NodeEffect.Compute(shard, pass, current));
        }
        return due.Count;
    }

    /// <summary>Whether any segment of it is still to come.</summary>
    private bool IsUnderWay(long step, Pass pass, int shard)
    {
        var leaf = Subtree.Leaf(shard).Canonical(plan.ShardCount);
        foreach (var order in _orders)
        {
            if (order.Step == step && order.Pass == pass && order.Tree.Target.Contains(leaf)) return true;
        }
        return false;
    }

    private Order? FindOrder(GradientSum sum)
    {
        var subtree = sum.Subtree.Canonical(plan.ShardCount);
        foreach (var order in _orders)
        {
            if (order.Step == sum.Step && order.Pass == sum.Pass && order.Segment == sum.Segment
                && order.Tree.Target.Contains(subtree))
            {
                return order;
            }
        }
        return null;
    }

    private void Combine(Order order, GradientSum newest, Outbox outbox)
    {
        ReleaseDisplaced();
        var segment = plan.Segments[order.Segment];
        if (order.Tree.TryTakePair(newest.Subtree, out var left, out var right))
        {
            outbox.Do(new NodeEffect.Merge(left!, right!, segment, plan.ElementOf(order.Pass)));
        }
        else if (order.Tree.Complete is { } sum)
        {
            _orders.Remove(order);
            Push(sum with { ComputeMicros = _computing.MicrosOf(sum.Step, _now) }, segment, outbox);
        }
    }

    /// <summary>Sends every slice of the segment its part: each has a share of the buffer.</summary>
    private void Push(GradientSum sum, Segment segment, Outbox outbox)
    {
        var hosts = _directive!.Layout.SliceHosts;
        sum.Values.Retain(segment.SliceEnd - segment.SliceFirst - 1);
        for (int slice = segment.SliceFirst; slice < segment.SliceEnd; slice++)
        {
            outbox.Send(RoleAddress.OfSlice(slice, hosts[slice]), new GradientPart(slice, sum, name));
        }
    }

    private void ReleaseDisplaced()
    {
        foreach (var sum in _displaced) sum.Values.Release();
        _displaced.Clear();
    }
}
