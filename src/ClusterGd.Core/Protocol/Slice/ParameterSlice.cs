using ClusterGd.Core.Kernels;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// The parameter server's share: a contiguous range of the parameters with its optimizer state. It reduces the shards'
/// gradients of a step, updates once they are all there, and publishes. Pure: no clock, no sending. One owner.
/// </summary>
public sealed partial class ParameterSlice : ISlice
{
    /// <summary>
    /// Requests in a step before others are asked as well, some twenty seconds: they may have to fetch the rows, and a
    /// host that only computes for long must not have all do its work.
    /// </summary>
    private const int UnansweredMax = 40;

    /// <param name="node">The node it is at: its host by the layout, or a backup, or one that only keeps its
    /// state.</param>
    /// <param name="initial">The whole parameter vector at step 0; read only.</param>
    /// <param name="retryInterval">Time without progress after which what is missing is asked for again.</param>
    public ParameterSlice(
        TrainingPlan plan, int index, string node, int generation, ReadOnlySpan<float> initial, TimeSpan retryInterval)
    {
        _plan = plan;
        _node = node;
        _index = index;
        _generation = generation;
        _first = plan.SliceStarts[index];
        _length = plan.SliceStarts[index + 1] - _first;
        _updater = new SliceUpdater(plan, _first, initial.Slice(_first, _length));
        _pool = new FloatPool(_length);
        _steps = new ReductionTree<GradientSum>(plan.ShardCount);
        _fullPass = new ReductionTree<GradientSum>(plan.ShardCount);
        _norms = new double[plan.SliceCount];
        _retryInterval = retryInterval;
        _aggregator = plan.Aggregation is { } rule ? new Aggregation.ShardAggregator(rule) : null;
        ForgetNorms();
    }

    /// <summary>A slice that goes on where another node's left off.</summary>
    /// <inheritdoc cref="ParameterSlice(TrainingPlan, int, string, int, ReadOnlySpan{float}, TimeSpan)"/>
    public ParameterSlice(
        TrainingPlan plan, int index, string node, int generation, SliceState state, TimeSpan retryInterval)
        : this(plan, index, node, generation, new float[plan.Model.ParameterCount], retryInterval) => Import(state);

    /// <summary>Gradients that a second node answered as well, and whose bits were compared.</summary>
    public long ComparedCount => _answers.ComparedCount;

    public ReadOnlySpan<float> Parameters => _updater.Parameters;

    public void Handle(object message, TimeSpan now, Outbox outbox)
    {
        switch (message)
        {
            case GradientPart part:
                Handle(part, now, outbox);
                break;
            case SliceUpdate update:
                Handle(update, now, outbox);
                break;
            case RunDirective directive:
                Handle(directive, now, outbox);
                break;
            case BackupStep backup:
                Handle(backup, outbox);
                break;
            case BackupCounted counted:
                Handle(counted);
                break;
            case NormFor norm:
                Handle(norm.Norm, outbox);
                break;
            case NormRequest request:
                AnswerNorm(request.Step, outbox);
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
            case LatenessTick:
                LookForLate(now, outbox);
                break;
            case ITensorMessage stray:
                stray.Release();
                break;
        }
    }

    /// <summary>Publishes the present parameters to a node that lacks them.</summary>
    public void Answer(string node, Outbox outbox)
    {
        if (IsServing && _divergence is null && Snapshot(outbox) is { } published)
        {
            outbox.Send(RoleAddress.OfNode(node), published);
        }
    }

    /// <summary>What the coordinator wants: idempotent, so it may come twice, late or out of order.</summary>
    public void Handle(RunDirective directive, TimeSpan now, Outbox outbox)
    {
        if (_directive is not null && !directive.Supersedes(_directive)) return;
        // What has diverged does nothing more, but to take the parameters that are kept.
        if (_divergence is not null && directive.Ending is not { IsDiverged: true }) return;
        string? before = _directive?.Layout.SliceHosts[_index];
        _directive = directive;
        _now = now;
        if (directive.Limit > _limit)
        {
            _lastProgress = now;
            if (Step == _limit) _arrivals.Begin(now);
            if (_steps.Complete is not null) _arrivals.Complete(now);
        }
        _limit = directive.Limit;
        _evaluateAt = directive.EvaluateAt;
        FollowLayout(before, outbox);
        if (!IsServing || TryFinishDiverged(outbox) || _divergence is not null) return;
        KnowIfEvaluated();
        CheckpointIfDue(Step == directive.CheckpointAt, outbox);
        if (Step == _limit) ReachLimit(outbox);
        else if (Step < _limit && _steps.Complete is not null) Reduced(outbox);
        // Who could have said that a step had begun is gone.
        else if (Step > _limit) outbox.Send(RoleAddress.Coordinator, new SliceReached(_index, Step, _generation));
    }

    /// <summary>Takes over the part; releases it when it is of no use.</summary>
    public void Handle(GradientPart part, TimeSpan now, Outbox outbox)
    {
        var tree = part.Sum.Pass == Pass.MiniBatch ? _steps : _fullPass;
        HoldAgainstOthers(part, outbox);
        // A part may come before the directive that allows the step: it waits in the tree.
        bool isCurrent = part.Sum.Step == Step && !_isFinal && _divergence is null && IsServing
            && !(part.Sum.Pass == Pass.Full && _lastGradient?.Step == Step);
        if (!isCurrent || !tree.Offer(part.Sum.Subtree, part.Sum, _displaced))
        {
            part.Sum.Values.Release();
            return;
        }
        _lastProgress = _now = now;
        var last = part.Sum;
        if (last.Pass == Pass.MiniBatch)
        {
            _arrivals.Came(last.Subtree.End(_plan.ShardCount) - last.Subtree.First, _plan.ShardCount, now);
        }
        if (_aggregator is not null && last.Pass == Pass.MiniBatch) AggregateLeaves();
        else AddPairs(tree, last);
        ReleaseDisplaced();
        if (tree.Complete is null) return;
        if (part.Sum.Pass == Pass.Full)
        {
            MeasureFullPass(outbox);
            return;
        }
        _arrivals.Complete(now);
        if (Step < _limit) Reduced(outbox);
    }

    /// <summary>Asks again for what has been missing for long.</summary>
    public void Tick(TimeSpan now, Outbox outbox)
    {
        _now = now;
        if (_isFinal || now - _lastProgress < _retryInterval) return;
        _lastProgress = now;
        if (_divergence is not null)
        {
            // The word may have been lost, or the coordinator that heard it.
            outbox.Send(RoleAddress.Coordinator, _divergence);
            return;
        }
        if (Backup is not null) ReportBackup(outbox);
        if (!IsServing) return;
        SendUpdate(_backups.At(Step - 1), outbox);
        if (_isInFullPass)
        {
            ToAllNodes(new GradientRequest(Step, Pass.Full, [.. _fullPass.MissingShards()]), outbox);
        }
        if (Step >= _limit) return;
        if (_steps.Complete is null)
        {
            RequestGradient(outbox);
            bool isHostOfNoUse = ++_unanswered > UnansweredMax;
            if (_takenOverAt == Step || isHostOfNoUse) AskAnybody([.. _steps.MissingShards()], outbox);
        }
        else if (Clips) RequestNorms(outbox);
    }

    /// <summary>Who is waited for, for what; null where the slice is at its limit or not served here.</summary>
    public string? DescribeWait()
    {
        if (!IsServing || _isFinal || Step >= _limit) return null;
        string what = _steps.Complete is null ? $"the gradients of {MissingShards()}"
            : !_backups.HaveAll(Step) ? $"its backups {string.Join(", ", _backups.Behind(Step))}"
            : "the other slices' norms";
        return $"slice {_index} at {_node} is at step {Step} of {_limit} and waits for {what}";
    }

    /// <summary>By the nodes that are to compute them.</summary>
    private string MissingShards() => string.Join("; ", _steps.MissingShards()
        .GroupBy(shard => _directive!.Layout.ShardHosts[shard], StringComparer.Ordinal)
        .Select(node => $"shard{(node.Count() > 1 ? "s" : "")} {LayoutText.Ranges([.. node])} at {node.Key}"));

    private bool IsServing => _directive is not null && _directive.Layout.SliceHosts[_index] == _node;

    /// <summary>Whoever answers first is used, but who else answers must have the same bits.</summary>
    private void HoldAgainstOthers(GradientPart part, Outbox outbox)
    {
        var sum = part.Sum;
        if (sum.Pass != Pass.MiniBatch || !IsServing || _divergence is not null || _isFinal) return;
        var subtree = sum.Subtree.Canonical(_plan.ShardCount);
        string? other = sum.Step == Step ? _answers.Compare(part.Node, subtree, sum, Range(sum))
            : sum.Step == Step - 1 ? _answers.CompareLate(part.Node, subtree, sum, Range(sum)) : null;
        if (other is null) return;
        Diverge(
            new Divergence(
                sum.Step, $"data corruption: nodes {other} and {part.Node} computed different bits for {subtree} of " +
                $"step {sum.Step}, slice {_index}; one of them is broken: train without it",
                RunEnd.Corrupted), outbox);
    }

    /// <summary>Asks for what is missing: from now on two nodes may answer.</summary>
    private void RequestGradient(Outbox outbox)
    {
        ExpectSecondAnswers();
        ToAllNodes(new GradientRequest(Step, Pass.MiniBatch, [.. _steps.MissingShards()]), outbox);
    }

    private void ToAllNodes(object message, Outbox outbox)
    {
        foreach (string node in _directive!.Layout.Nodes) outbox.Send(RoleAddress.OfNode(node), message);
    }

    private void ExpectSecondAnswers() => _answers.BeginComparing((Subtree subtree, out GradientSum? sum) =>
    {
        sum = _steps.Held(subtree);
        return sum is null ? [] : Range(sum);
    });

    private void ReachLimit(Outbox outbox)
    {
        if (_directive!.IsFinishing)
        {
            Finish(outbox);
            return;
        }
        if (Step != _evaluateAt)
        {
            // A move follows: whoever keeps the state then must have all of it.
            bool isReady = _backups.HaveAll(Step);
            if (isReady) outbox.Send(RoleAddress.Coordinator, new SliceReached(_index, Step, _generation));
            return;
        }
        if (_directive.HasFullPass) BeginFullPass(outbox);
        Summarize(outbox);
    }

    /// <summary>All shards are in: update, or first agree on the norm.</summary>
    private void Reduced(Outbox outbox)
    {
        var wire = _plan.Job.Training.Wire;
        if (Clips && _lastNorm?.Step != Step) RememberNorm(_steps.Complete!);
        bool isSuspect = IsHalf || Clips && !double.IsFinite(_lastNorm!.SquaredNorm);
        if (isSuspect && HasDiverged("the gradient of ", Range(_steps.Complete!), wire, Step + 1, outbox)) return;
        if (Clips) ShareNorm(outbox);
        TryUpdate(outbox);
    }

    /// <summary>Expects a full pass over the rows at the present parameters.</summary>
    private void BeginFullPass(Outbox outbox)
    {
        if (_lastGradient is { } known && known.Step == Step)
        {
            outbox.Send(RoleAddress.Coordinator, known);
            return;
        }
        _isInFullPass = true;
    }

    /// <summary>Updates where all that it takes is there: the sum, the norms, and the backups not behind.</summary>
    private void TryUpdate(Outbox outbox)
    {
        if (_steps.Complete is null || Step >= _limit || !_backups.HaveAll(Step)) return;
        if (!Clips)
        {
            Update(1, outbox);
            return;
        }
        if (_norms.Any(double.IsNegative)) return;
        double squaredNorm = 0;
        foreach (double norm in _norms) squaredNorm += norm;
        Update(Optimizers.GradientClip.Factor(Math.Sqrt(squaredNorm), _plan.Job.Optimizer.ClipNorm), outbox);
    }

    private void Update(double clipFactor, Outbox outbox)
    {
        var root = _steps.Complete!;
        KeepForBackups(root, clipFactor);
        Apply(root, clipFactor);
        ForgetParts();
        ForgetNorms();
        CountWaits(outbox);
        _arrivals.Begin(_now);
        if (TryFinishDiverged(outbox)) return;
        if (HasDiverged("", _updater.Parameters, ElementType.Float32, Step, outbox)) return;
        Publish(outbox);
        SendUpdate(_backups.At(Step - 1), outbox);
        KnowIfEvaluated();
        CheckpointIfDue(Step == _directive!.CheckpointAt || IsCheckpointByStep, outbox);
        if (Step == _limit) ReachLimit(outbox);
    }

    /// <summary>The update itself, which a backup makes as well.</summary>
    private void Apply(GradientSum root, double clipFactor)
    {
        var gradient = Range(root);
        if (_lastSummary?.Step == Step && _plan.IsEvaluation(Step)) _updater.Mark();
        if (_plan.Rules.Needs.HasFlag(Convergence.EvaluationNeeds.GradientNoise))
        {
            double scale = 1.0 / Math.Max(1, root.Count);
            _statistics.StepSquaredNormSum += VectorKernels.SquaredNorm(gradient) * scale * scale;
        }
        _updater.Apply(Step, gradient, root.Count, clipFactor);
        _statistics.Add(root);
        _stepLoss = root.LossSum / Math.Max(1, root.Count);
        Step++;
        _checkpoint = null;
        ShardsCounted += _plan.ShardCount;
    }

    private void MeasureFullPass(Outbox outbox)
    {
        var root = _fullPass.Complete!;
        var (squaredNorm, maxNorm) = _updater.MeanGradientNorms(Range(root), root.Count);
        _lastGradient = new SliceGradient(_index, Step, root.LossSum, root.Count, squaredNorm, maxNorm);
        _fullPass.Clear(_displaced);
        ReleaseDisplaced();
        _isInFullPass = false;
        outbox.Send(RoleAddress.Coordinator, _lastGradient);
    }

    private void Publish(Outbox outbox)
    {
        if (Snapshot(outbox) is { } published) published.SendTo(_directive!.Layout, outbox);
    }

    /// <summary>The present parameters as they travel; null where they cannot.</summary>
    private SlicePublished? Snapshot(Outbox outbox)
    {
        var copy = _pool.Rent();
        _updater.Parameters.CopyTo(copy.Span);
        var element = _plan.ElementOf(_isFinal);
        HalfKernels.Round(copy.Span, element);
        if (IsHalf && HasDiverged("", copy.Span, element, Step, outbox))
        {
            copy.Release();
            return null;
        }
        return new SlicePublished(_index, _generation, _directive!.Layout.Term, Step, _isFinal, _stepLoss, copy);
    }

    /// <summary>
    /// Of the types of the wire, float16 alone is exceeded by numbers that training may well have.
    /// </summary>
    private bool IsHalf => _plan.Job.Training.Wire == ElementType.Float16;

    /// <param name="what">Of a parameter.</param>
    /// <param name="element">What the values have been rounded to.</param>
    private bool HasDiverged(
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
            new Divergence(step, $"{what}parameter {_first + bad} became {values[bad]} in step {step}{remedy}"),
            outbox);
        return true;
    }

    private void Diverge(Divergence divergence, Outbox outbox)
    {
        _divergence = divergence;
        outbox.Send(RoleAddress.Coordinator, divergence);
    }

    private void AddPairs(ReductionTree<GradientSum> tree, GradientSum last)
    {
        while (tree.TryTakePair(last.Subtree, out var left, out var right))
        {
            last = AddRange(left!, right!);
            tree.Returned(last.Subtree, last, _displaced);
        }
    }

    /// <summary>left + right over this slice's range only: other slices own the rest of the same buffers.</summary>
    private GradientSum AddRange(GradientSum left, GradientSum right)
    {
        HalfKernels.Add(Range(left), Range(right), _plan.ElementOf(left.Pass));
        right.Values.Release();
        return left.Combined(right);
    }

    private Span<float> Range(GradientSum sum) => sum.Values.Span.Slice(_first - sum.First, _length);

    /// <summary>What has come for the step before the present one.</summary>
    private void ForgetParts()
    {
        _steps.Clear(_displaced);
        // A full pass may have been begun once more after its evaluation: its parts must not count for the next one.
        _fullPass.Clear(_displaced);
        _isInFullPass = false;
        _unanswered = 0;
        ReleaseDisplaced();
        _answers.NextStep();
    }

    private void ReleaseDisplaced()
    {
        foreach (var sum in _displaced) sum.Values.Release();
        _displaced.Clear();
    }
}
