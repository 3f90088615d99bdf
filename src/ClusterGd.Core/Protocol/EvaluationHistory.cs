using System.Collections.Immutable;
using ClusterGd.Core.Convergence;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// The evaluations that are known of a run, by step. But for their times they are a function of job and data, so it
/// does not matter who heard of them when. One owner.
/// </summary>
public sealed class EvaluationHistory(TrainingPlan plan)
{
    private readonly SortedDictionary<long, Evaluation> _bySteps = [];
    private long _completeThrough;

    public ImmutableArray<Evaluation> All => [.. _bySteps.Values];

    public void Add(Evaluation evaluation) => _bySteps[evaluation.Step] = evaluation;

    /// <summary>Whether each evaluation that the job has before this step is known.</summary>
    public bool IsCompleteBefore(long step)
    {
        long next = plan.NextEvaluation(_completeThrough);
        while (next < step && _bySteps.ContainsKey(next))
        {
            _completeThrough = next;
            next = plan.NextEvaluation(next);
        }
        return next >= step;
    }

    /// <summary>Those that the job has before a step, ascending.</summary>
    public ImmutableArray<Evaluation> Before(long step) =>
        [.. _bySteps.Values.TakeWhile(e => e.Step < step).Where(e => plan.IsEvaluation(e.Step))];
}
