using System.Collections.Immutable;
using ClusterGd.Core.Convergence;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// The evaluations that are known of a run, by step. But for their times they are a function of job and data, so it
/// does not matter who heard of them when. One owner.
/// </summary>
public sealed class EvaluationHistory(TrainingPlan plan)
{
    /// <summary>A message with so many is small enough to hold up no other one.</summary>
    public const int PageMax = 1_000;

    private readonly SortedDictionary<long, Evaluation> _bySteps = [];

    public ImmutableArray<Evaluation> All => [.. _bySteps.Values];

    /// <summary>The last step up to which each evaluation that the job has is known, as last looked up.</summary>
    public long CompleteThrough { get; private set; }

    public void Add(Evaluation evaluation) => _bySteps[evaluation.Step] = evaluation;

    /// <summary>Null where it is not known.</summary>
    public Evaluation? At(long step) => _bySteps.GetValueOrDefault(step);

    /// <inheritdoc cref="PageOf"/>
    public (ImmutableArray<Evaluation> Page, bool HasMore) After(long step) => PageOf(_bySteps.Values, step);

    /// <summary>The next after a step, ascending, and whether there are more behind them.</summary>
    public static (ImmutableArray<Evaluation> Page, bool HasMore) PageOf(IEnumerable<Evaluation> ascending, long step)
    {
        Evaluation[] next = [.. ascending.SkipWhile(e => e.Step <= step).Take(PageMax + 1)];
        return ([.. next.Take(PageMax)], next.Length > PageMax);
    }

    /// <summary>Whether each evaluation that the job has before this step is known.</summary>
    public bool IsCompleteBefore(long step)
    {
        long next = plan.NextEvaluation(CompleteThrough);
        while (next < step && _bySteps.ContainsKey(next))
        {
            CompleteThrough = next;
            next = plan.NextEvaluation(next);
        }
        return next >= step;
    }

    /// <summary>Those that the job has before a step, ascending.</summary>
    public ImmutableArray<Evaluation> Before(long step) =>
        [.. _bySteps.Values.TakeWhile(e => e.Step < step).Where(e => plan.IsEvaluation(e.Step))];
}
