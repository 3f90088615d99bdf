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

    /// <summary>The criterion whose best parameters are kept; null for none.</summary>
    public StopCriterion? Keeper => _criteria.FirstOrDefault(criterion => criterion.KeepsBest);

    /// <summary>The rows that any criterion on a metric looks at.</summary>
    public IEnumerable<MeasuredRows> MetricRows => _criteria.Where(c => c.Metric is not null).Select(c => c.Rows);

    /// <summary>All that any criterion needs.</summary>
    public EvaluationNeeds Needs { get; }

    /// <summary>Steps after which an evaluation must happen, ascending.</summary>
    public ImmutableArray<long> AtSteps { get; }

    /// <summary>
    /// The step whose parameters are the best by the criterion that keeps them; -1 where none is, or there is no such
    /// criterion.
    /// </summary>
    public long BestStep { get; private set; } = -1;

    /// <summary>
    /// The first reason to stop, in the job's order; else whether these parameters are to be kept, which is for the
    /// criterion that restores them to say.
    /// </summary>
    public Verdict Check(Evaluation evaluation)
    {
        // Every criterion sees every evaluation, even when an earlier one has fired.
        var verdicts = _criteria.Select(criterion => criterion.Check(evaluation)).ToList();
        bool isBest = verdicts.Any(verdict => verdict.IsBest);
        if (isBest) BestStep = evaluation.Step;
        return new Verdict(verdicts.Find(verdict => verdict.Reason is not null).Reason, isBest);
    }
}
