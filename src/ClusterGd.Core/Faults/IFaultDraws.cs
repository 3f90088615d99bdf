namespace ClusterGd.Core.Faults;

/// <summary>The random choices that faults ask for.</summary>
public interface IFaultDraws
{
    /// <summary>Whether something of this probability, 0 … 1, happens.</summary>
    bool Chance(double probability);

    /// <summary>A time from 1 ms to so many; <paramref name="max"/> ≥ 1.</summary>
    TimeSpan MillisecondsUpTo(int max);

    uint Next();
}
