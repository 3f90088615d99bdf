using System.Collections.Immutable;

namespace ClusterGd.Core.Convergence;

/// <summary>The criteria of a job together: any of them stops the run. Fed every evaluation once, in order.</summary>
public sealed class StopRules(ImmutableArray<StopCriterion> criteria)
{
    /// <summary>All that any criterion needs.</summary>
    public EvaluationNeeds Needs { get; } =
        criteria.Aggregate(EvaluationNeeds.None, (needs, criterion) => needs | criterion.Needs);

    /// <summary>Steps after which an evaluation must happen, ascending.</summary>
    public ImmutableArray<long> AtSteps { get; } = [.. criteria.Select(c => c.AtStep).Where(step => step > 0).Order()];

    /// <summary>
    /// The first reason to stop, in the job's order; else whether these parameters are to be kept, which is for the first
    /// criterion that restores to say.
    /// </summary>
    public Verdict Check(Evaluation evaluation)
    {
        // Every criterion sees every evaluation, even when an earlier one has fired.
        var verdicts = criteria.Select(criterion => criterion.Check(evaluation)).ToList();
        foreach (var verdict in verdicts)
        {
            if (verdict.Reason is not null) return verdict;
        }
        return new Verdict(null, IsBest: verdicts.Any(verdict => verdict.IsBest));
    }
}
