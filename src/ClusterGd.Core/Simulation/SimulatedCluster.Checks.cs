using System.Collections.Immutable;
using ClusterGd.Core.Convergence;
using ClusterGd.Core.Faults;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Core.Simulation;

/// <summary>What must hold at every moment, and at the end.</summary>
public sealed partial class SimulatedCluster
{
    private readonly Dictionary<long, string> _coordinatorOfTerm = [];
    private readonly HashSet<string> _spoilers = new(StringComparer.Ordinal);

    /// <summary>Gives a gradient the wrong bits that a fault asks for.</summary>
    internal void Spoil(SimulatedNode node, GradientSum sum, FaultKind kind)
    {
        _wrongGradients++;
        _spoilers.Add(node.Name);
        int at = WrongGradient.Spoil(kind, sum.Values.Span, Random);
        Trace.Note(
            $"{node.Name}: the gradient of {sum.Subtree}, step {sum.Step}, gets {sum.Values.Span[at]} at {at}");
    }

    /// <summary>What a slice publishes has the bits of a run without faults.</summary>
    internal void Check(SlicePublished message)
    {
        // An interrupted run ends where the job does not.
        if (_golden is null || _wrongGradients > 0 || IsInterrupted && message.IsFinal) return;
        int first = Plan.SliceStarts[message.Slice], end = Plan.SliceStarts[message.Slice + 1];
        if (_golden.Version(message.Step, message.IsFinal) is not { } right)
        {
            Fail($"slice {message.Slice} publishes step {message.Step}, which a run without faults does not have");
        }
        else if (!Bits.AreEqual(message.Values.Span, right.AsSpan(first..end)))
        {
            Fail($"slice {message.Slice} publishes other bits at step {message.Step} than a run without faults");
        }
    }

    /// <summary>A slice's state on its way has the step of a run without faults.</summary>
    internal void Check(SliceState state)
    {
        // What has ended may be at the step of an evaluation that was never made, or of an interruption.
        if (_golden is not null && !state.IsFinal && _golden.Version(state.Step, isFinal: false) is null)
        {
            Fail($"slice {state.Slice} moves at step {state.Step}, which a run without faults does not have");
        }
    }

    /// <summary>No two coordinators announce layouts of one term.</summary>
    internal void Announced(RunDirective directive, SimulatedNode coordinator)
    {
        var layout = directive.Layout;
        if (layout.Generation > _generation) (_generation, _generations) = (layout.Generation, _generations + 1);
        if (layout.SliceSources.Contains(Observer)) StartStep = directive.Limit;
        if (NewestLayout is null || layout.Term > NewestLayout.Term) NewestLayout = layout;
        string place = $"{coordinator.Name} (process {coordinator.Age})";
        if (layout.Term > 0 && _coordinatorOfTerm.TryAdd(layout.Term, place) is false
            && _coordinatorOfTerm[layout.Term] != place)
        {
            Fail($"term {layout.Term} is announced by {_coordinatorOfTerm[layout.Term]} and by {place}");
        }
    }

    private void CheckEnd()
    {
        if (_problem is not null || _outcome is not { } outcome || _golden is null) return;
        if (outcome.End is RunEnd.Diverged or RunEnd.Corrupted && _wrongGradients > 0)
        {
            if (outcome.End == RunEnd.Corrupted && !_spoilers.Any(outcome.Reason.Contains))
            {
                Fail($"none of {string.Join(", ", _spoilers)}, which computed wrong bits, is in: {outcome.Reason}");
            }
            return;
        }
        if (IsInterrupted && outcome.End == RunEnd.Interrupted) CheckInterrupted(outcome);
        else if (outcome.End != _golden.Outcome.End) Fail($"the run ended as {outcome.End}: {outcome.Reason}");
        else if (_wrongGradients == 0) CheckResult(outcome);
    }

    private void CheckResult(RunOutcome outcome)
    {
        var golden = _golden!.Outcome;
        if (!Bits.AreEqual(ObserverNode.Protocol.Current!.Parameters, _golden.Result))
        {
            Fail("the final parameters have other bits than those of a run without faults");
        }
        // Which of the shards or slices that diverge is the first to say so is no function of the job.
        else if (outcome.Step != golden.Step || outcome.KeptStep != golden.KeptStep
            || outcome.Reason != golden.Reason && outcome.End != RunEnd.Diverged)
        {
            Fail($"the run ended at step {outcome.Step} with the parameters of {outcome.KeptStep}, {outcome.Reason}; " +
                $"without faults at {golden.Step} with {golden.KeptStep}, {golden.Reason}");
        }
        else if (!outcome.TrainLoss.Equals(golden.TrainLoss))
        {
            Fail($"the final loss is {outcome.TrainLoss:R}, without faults {golden.TrainLoss:R}");
        }
        else CheckHistory(outcome.History, golden.History);
    }

    /// <summary>It has what a run without faults has at that step.</summary>
    private void CheckInterrupted(RunOutcome outcome)
    {
        if (!outcome.HasParameters || _wrongGradients > 0) return;
        var right = Plan.Job.Training.Wire == ElementType.Float32 ? _golden!.Version(outcome.KeptStep, false) : null;
        if (right is not null && !Bits.AreEqual(ObserverNode.Protocol.Current!.Parameters, right))
        {
            Fail($"interrupted at step {outcome.Step}, the parameters of {outcome.KeptStep} have other bits than " +
                "those of a run without faults");
            return;
        }
        CheckHistory(
            [.. outcome.History.TakeWhile(evaluation => evaluation.Step != outcome.Step)],
            [.. _golden!.Outcome.History.TakeWhile(evaluation => evaluation.Step < outcome.Step)]);
    }

    private void CheckHistory(ImmutableArray<Evaluation> history, ImmutableArray<Evaluation> golden)
    {
        if (history.Length != golden.Length)
        {
            Fail($"the history has {history.Length} evaluations, without faults {golden.Length}");
        }
        else if (history.Zip(golden).FirstOrDefault(pair => !AreSame(pair.First, pair.Second)) is
            { First: { } other, Second: var right })
        {
            Fail($"the evaluation at step {other.Step} is {other}, without faults {right}");
        }
    }

    /// <summary>But for the time, which is the machine's.</summary>
    private static bool AreSame(Evaluation a, Evaluation b) =>
        a with
        {
            Elapsed = b.Elapsed, Metrics = b.Metrics, ValidationMetrics = b.ValidationMetrics,
            TrainMetrics = b.TrainMetrics, Counted = b.Counted,
        } == b
        && a.Metrics.SequenceEqual(b.Metrics) && a.ValidationMetrics.SequenceEqual(b.ValidationMetrics)
        && a.TrainMetrics.SequenceEqual(b.TrainMetrics) && a.Counted.SequenceEqual(b.Counted);

    /// <summary>Who waits for what.</summary>
    private string DescribeStuck()
    {
        var waits = Alive.Where(node => node.Coordinator is not null)
            .Select(node => $"the coordinator at {node.Name} waits for {node.CoordinatorWait ?? "no one it names"}")
            .Concat(Alive.SelectMany(node => node.Slices.Values)
                .Select(role => role.Slice.DescribeWait()).OfType<string>())
            .DefaultIfEmpty("no coordinator is there");
        return $"stuck: not done after {Options.CalmMax.TotalSeconds:F0} s without faults; {string.Join("; ", waits)}";
    }
}
