namespace ClusterGd.Core.Aggregation;

/// <summary>
/// One gradient out of n, of which up to f may be anything: what a step uses in place of the mean. Pure and without
/// state from step to step, so that a backup or a resumed run needs nothing of it. Gradients come in the order of their
/// shards and every sum is made in that order, so the result is the same bits wherever it is made.
/// </summary>
public abstract class RobustRule(int faulty)
{
    /// <summary>f, the most gradients that may be faulty; ≥ 0.</summary>
    public int Faulty { get; } = faulty;

    /// <summary>Fewest gradients for which the rule is sound with f faulty ones.</summary>
    public abstract int CountMin(int faulty);

    /// <summary>How <see cref="CountMin"/> depends on f, for people.</summary>
    public abstract string Requirement { get; }

    /// <summary>Aggregates gradients that are all finite.</summary>
    /// <param name="gradients">Equal lengths, in the order of their shards; at least
    /// <see cref="CountMin"/>(<paramref name="faulty"/>). Only read.</param>
    /// <param name="faulty">f less those that were left out already.</param>
    /// <param name="result">Overwritten; of the gradients' length.</param>
    public abstract void Aggregate(IReadOnlyList<float[]> gradients, int faulty, Span<float> result);
}
