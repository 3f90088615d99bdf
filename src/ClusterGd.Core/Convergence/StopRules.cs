using System.Collections.Immutable;

namespace ClusterGd.Core.Convergence;

/// <summary>The criteria of a job together: any of them stops the run. Fed every evaluation once, in order.</summary>
public sealed class StopRules
{
    private readonly ImmutableArray<StopCriterion> _criteria;

    /// <exception cref="ArgumentException">Two criteria would restore their best, but one copy is kept.</exception>
    public StopRules(ImmutableArray<StopCriterion> criteria)
    {
        if (criteria.Count(criterion => criterion.KeepsBest) > 1)
        {
            throw new ArgumentException("Several stop criteria restore their best parameters: use one of them.");
        }
        _criteria = criteria;
        Needs = criteria.Aggregate(EvaluationNeeds.None, (needs, criterion) => needs | criterion.Needs);
        AtSteps = [.. criteria.Select(c => c.AtStep).Where(step => step > 0).Order()];
    }

    /// <summary>All that any criterion needs.</summary>
    public EvaluationNeeds Needs { get; }

    /// <summary>Steps after which an evaluation must happen, ascending.</summary>
    public ImmutableArray<long> AtSteps { get; }

    /// <summary>
    /// The first reason to stop, in the job's order; else whether these parameters are to be kept, which is for the
    /// criterion that restores them to say.
    /// </summary>
    public Verdict Check(Evaluation evaluation)
    {
        // Every criterion sees every evaluation, even when an earlier one has fired.
        var verdicts = _criteria.Select(criterion => criterion.Check(evaluation)).ToList();
        foreach (var verdict in verdicts)
        {
            if (verdict.Reason is not null) return verdict;
        }
        return new Verdict(null, IsBest: verdicts.Any(verdict => verdict.IsBest));
    }
}
