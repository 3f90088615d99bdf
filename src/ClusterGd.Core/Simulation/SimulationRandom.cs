using ClusterGd.Core.Randomness;

namespace ClusterGd.Core.Simulation;

/// <summary>
/// The random choices of one simulated schedule, in the order they are asked for: a function of the seed.
/// </summary>
internal sealed class SimulationRandom(ulong seed)
{
    private uint _index;

    public bool Chance(double probability) => Philox.Uniform(Next()) < probability;

    /// <summary>A whole number from 1 to max.</summary>
    public int UpTo(int max) => 1 + (int)(Next() % (uint)max);

    public uint Next() => Draw.Block(seed, DrawPurpose.Faults, 2, 0, 0, _index++).A;
}
