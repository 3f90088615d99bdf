using ClusterGd.Core.Kernels;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// A slice whose steps are synchronous: it reduces the shards' gradients of a step, updates once they are all there,
/// and publishes.
/// </summary>
public sealed partial class ParameterSlice : Slice
{
    /// <summary>
    /// Requests in a step before others are asked as well, some twenty seconds: they may have to fetch the rows, and a
    /// host that only computes for long must not have all do its work.
    /// </summary>
    private const int UnansweredMax = 40;

    /// <inheritdoc cref="Slice.Create(TrainingPlan, int, string, int, ReadOnlySpan{float}, TimeSpan)"/>
    public ParameterSlice(
        TrainingPlan plan, int index, string node, int generation, ReadOnlySpan<float> initial, TimeSpan retryInterval)
        : base(plan, index, node, generation, retryInterval, window: 1)
    {
        _updater = new SliceUpdater(plan, First, initial.Slice(First, Length));
        _steps = new ReductionTree<GradientSum>(plan.ShardCount);
        _fullPass = new ReductionTree<GradientSum>(plan.ShardCount);
        _norms = new double[plan.SliceCount];
        _aggregator = plan.Aggregation is { } rule ? new Aggregation.ShardAggregator(rule) : null;
        ForgetNorms();
    }

    public override long ComparedCount => _answers.ComparedCount;

    public override ReadOnlySpan<float> Parameters => _updater.Parameters;

    private protected override bool TryWork(object message, TimeSpan now, Outbox outbox)
    {
        switch (message)
        {
            case GradientPart part:
                Handle(part, now, outbox);
                return true;
            case NormFor norm:
                Handle(norm.Norm, outbox);
                return true;
            case NormRequest request:
                AnswerNorm(request.Step, outbox);
                return true;
            case LatenessTick:
                LookForLate(now, outbox);
                return true;
            default:
                return false;
        }
    }

    private protected override void LimitMoved(long before)
    {
        if (Limit <= before) return;
        if (Step == before) _arrivals.Begin(Now);
        if (_steps.Complete is not null) _arrivals.Complete(Now);
    }

    private protected override void GoOn(Outbox outbox)
    {
        CheckpointIfDue(outbox);
        if (Step == Limit) ReachLimit(outbox);
        else if (Step < Limit && _steps.Complete is not null) Reduced(outbox);
        // Who could have said that a step had begun is gone.
        else if (Step > Limit) outbox.Send(RoleAddress.Coordinator, new SliceReached(Index, Step, Generation));
    }

    /// <summary>Takes over the part; releases it when it is of no use.</summary>
    public void Handle(GradientPart part, TimeSpan now, Outbox outbox)
    {
        var tree = part.Sum.Pass == Pass.MiniBatch ? _steps : _fullPass;
        HoldAgainstOthers(part, outbox);
        // A part may come before the directive that allows the step: it waits in the tree.
        bool isCurrent = part.Sum.Step == Step && !IsFinal && Divergence is null && IsServing
            && !(part.Sum.Pass == Pass.Full && _lastGradient?.Step == Step);
        if (!isCurrent || !tree.Offer(part.Sum.Subtree, part.Sum, _displaced))
        {
            part.Sum.Values.Release();
            return;
        }
        LastProgress = Now = now;
        var last = part.Sum;
        if (last.Pass == Pass.MiniBatch)
        {
            _arrivals.Came(last.Subtree.End(Plan.ShardCount) - last.Subtree.First, Plan.ShardCount, now);
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
        if (Step < Limit) Reduced(outbox);
    }

    private protected override void AskAgain(Outbox outbox)
    {
        if (_isInFullPass)
        {
            ToAllNodes(new GradientRequest(Step, Pass.Full, [.. _fullPass.MissingShards()]), outbox);
        }
        if (Step >= Limit) return;
        if (_steps.Complete is null)
        {
            RequestGradient(outbox);
            bool isHostOfNoUse = ++_unanswered > UnansweredMax;
            if (_takenOverAt == Step || isHostOfNoUse) AskAnybody([.. _steps.MissingShards()], outbox);
        }
        else if (Clips) RequestNorms(outbox);
    }

    /// <summary>Who is waited for, for what; null where the slice is at its limit or not served here.</summary>
    public override string? DescribeWait()
    {
        if (!IsServing || IsFinal || Step >= Limit) return null;
        string what = _steps.Complete is null ? $"the gradients of {ShardsByNode(_steps.MissingShards())}"
            : !Backups.HaveAll ? $"its backups {string.Join(", ", Backups.Behind)}"
            : "the other slices' norms";
        return $"slice {Index} at {Node} is at step {Step} of {Limit} and waits for {what}";
    }

    /// <summary>Whoever answers first is used, but who else answers must have the same bits.</summary>
    private void HoldAgainstOthers(GradientPart part, Outbox outbox)
    {
        var sum = part.Sum;
        if (sum.Pass != Pass.MiniBatch || !IsServing || Divergence is not null || IsFinal) return;
        var subtree = sum.Subtree.Canonical(Plan.ShardCount);
        string? other = sum.Step == Step ? _answers.Compare(part.Node, subtree, sum, Range(sum))
            : sum.Step == Step - 1 ? _answers.CompareLate(part.Node, subtree, sum, Range(sum)) : null;
        if (other is null) return;
        Diverge(
            new Divergence(
                sum.Step, $"data corruption: nodes {other} and {part.Node} computed different bits for {subtree} of " +
                $"step {sum.Step}, slice {Index}; one of them is broken: train without it",
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
        foreach (string node in Directive!.Layout.Nodes) outbox.Send(RoleAddress.OfNode(node), message);
    }

    private void ExpectSecondAnswers() => _answers.BeginComparing((Subtree subtree, out GradientSum? sum) =>
    {
        sum = _steps.Held(subtree);
        return sum is null ? [] : Range(sum);
    });

    private void ReachLimit(Outbox outbox)
    {
        if (Directive!.IsFinishing)
        {
            Finish(outbox);
            return;
        }
        if (Step != Directive.EvaluateAt)
        {
            // A move follows: whoever keeps the state then must have all of it.
            if (Backups.HaveAll) outbox.Send(RoleAddress.Coordinator, new SliceReached(Index, Step, Generation));
            return;
        }
        if (Directive.HasFullPass) BeginFullPass(outbox);
        Summarize(outbox);
    }

    /// <summary>All shards are in: update, or first agree on the norm.</summary>
    private void Reduced(Outbox outbox)
    {
        var wire = Plan.Job.Training.Wire;
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
        if (_steps.Complete is null || Step >= Limit || !Backups.HaveAll) return;
        if (!Clips)
        {
            Update(1, outbox);
            return;
        }
        if (_norms.Any(double.IsNegative)) return;
        double squaredNorm = 0;
        foreach (double norm in _norms) squaredNorm += norm;
        Update(Optimizers.GradientClip.Factor(Math.Sqrt(squaredNorm), Plan.Job.Optimizer.ClipNorm), outbox);
    }

    private void Update(double clipFactor, Outbox outbox)
    {
        var root = _steps.Complete!;
        root.Values.Retain();
        Backups.Add(new SliceUpdate(
            Index, Generation, root, LastSummary?.Step == Step, Directive!.KeepBestStep == Step)
        {
            ClipFactor = clipFactor,
        });
        Apply(root, clipFactor);
        ForgetParts();
        ForgetNorms();
        CountWaits(outbox);
        _arrivals.Begin(Now);
        if (TryFinishDiverged(outbox)) return;
        if (HasDiverged("", _updater.Parameters, ElementType.Float32, Step, outbox)) return;
        Publish(outbox);
        SendMissing(outbox);
        KnowIfEvaluated();
        CheckpointIfDue(outbox);
        if (Step == Limit) ReachLimit(outbox);
    }

    /// <summary>The update itself, which a backup makes as well.</summary>
    private void Apply(GradientSum root, double clipFactor)
    {
        var gradient = Range(root);
        if (LastSummary?.Step == Step && Plan.IsEvaluation(Step)) _updater.Mark();
        if (Plan.Rules.Needs.HasFlag(Convergence.EvaluationNeeds.GradientNoise))
        {
            double scale = 1.0 / Math.Max(1, root.Count);
            _statistics.StepSquaredNormSum += VectorKernels.SquaredNorm(gradient) * scale * scale;
        }
        _updater.Apply(Step, gradient, root.Count, clipFactor);
        _statistics.Add(root);
        _stepLoss = root.LossSum / Math.Max(1, root.Count);
        _step++;
        Checkpoint = null;
        ShardsCounted += Plan.ShardCount;
    }

    private void MeasureFullPass(Outbox outbox)
    {
        var root = _fullPass.Complete!;
        var (squaredNorm, maxNorm) = _updater.MeanGradientNorms(Range(root), root.Count);
        _lastGradient = new SliceGradient(Index, Step, root.LossSum, root.Count, squaredNorm, maxNorm);
        _fullPass.Clear(_displaced);
        ReleaseDisplaced();
        _isInFullPass = false;
        outbox.Send(RoleAddress.Coordinator, _lastGradient);
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
        HalfKernels.Add(Range(left), Range(right), Plan.ElementOf(left.Pass));
        right.Values.Release();
        return left.Combined(right);
    }

    private Span<float> Range(GradientSum sum) => sum.Values.Span.Slice(First - sum.First, Length);

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
