namespace ClusterGd.Core.Optimizers;

/// <summary>The learning rate's factor over time. Stateless.</summary>
public abstract class Schedule
{
    /// <summary>Factor on the base learning rate.</summary>
    /// <param name="step">0 for the first update after the warm-up.</param>
    /// <param name="stepsPerEpoch">Steps of an epoch.</param>
    /// <param name="stepsTotal">Steps of the whole run after the warm-up.</param>
    public abstract double Factor(long step, int stepsPerEpoch, long stepsTotal);
}
