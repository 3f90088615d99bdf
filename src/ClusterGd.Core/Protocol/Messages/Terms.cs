namespace ClusterGd.Core.Protocol;

/// <summary>
/// The numbers of layouts. Each coordinator that takes over begins a block of its own above all it has heard of: two
/// that take over at once, which may happen in a network that fails, do not number different layouts alike.
/// </summary>
public static class Terms
{
    /// <summary>Layouts of one coordinator, and coordinators of one takeover.</summary>
    private const int LayoutBits = 20, NameBits = 24;

    /// <param name="highest">The highest term heard of; ≥ 0.</param>
    /// <param name="process">No two have the same name, even at one address.</param>
    /// <returns>The number before the coordinator's first.</returns>
    public static long Block(long highest, string process) => Of(Round(highest) + 1, process);

    /// <summary>The same for a coordinator that has heard of none.</summary>
    public static long First(string process) => Of(0, process);

    /// <summary>How many takeovers a term is above the beginning.</summary>
    public static long Round(long term) => term >> (LayoutBits + NameBits);

    private static long Of(long round, string process) => (round << NameBits | Hash(process)) << LayoutBits;

    /// <summary>FNV-1a, folded.</summary>
    private static long Hash(string name)
    {
        uint hash = 2166136261;
        foreach (char c in name) hash = (hash ^ c) * 16777619;
        return (hash >> NameBits ^ hash) & (1 << NameBits) - 1;
    }
}
