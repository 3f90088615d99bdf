using System.Collections.Immutable;
using ClusterGd.Core.Randomness;

namespace ClusterGd.Core.Faults;

/// <summary>
/// How often each kind of fault strikes a message, and when nodes come and go: a value, so that the same plan and seed
/// always give the same faults.
/// </summary>
/// <param name="Drop">Probability in [0, 1) that a message is lost.</param>
/// <param name="Duplicate">Probability in [0, 1) that it arrives twice.</param>
/// <param name="DelayMsMax">A message takes 1 … this many milliseconds; ≥ 1.</param>
/// <param name="ComputeMsMax">A computation takes 1 … this many milliseconds; ≥ 1.</param>
/// <param name="Membership">By time.</param>
public sealed record FaultPlan(
    double Drop, double Duplicate, int DelayMsMax, int ComputeMsMax, ImmutableArray<MembershipFault> Membership)
{
    public static readonly FaultPlan None = new(0, 0, 1, 1, []);

    /// <summary>A plan drawn by the seed: up to 30 % loss and 50 % duplicates, delays from none to 60 ms.</summary>
    public static FaultPlan Random(ulong seed)
    {
        var (a, b, c, d) = Draw.Block(seed, DrawPurpose.Faults, 1, 0, 0, 0);
        return new FaultPlan(
            0.3 * Philox.Uniform(a), 0.5 * Philox.Uniform(b), 1 + (int)(c % 60), 1 + (int)(d % 40), []);
    }

    /// <summary>The same with one to six changes of the nodes, of the kinds given, within the time given.</summary>
    public FaultPlan WithMembership(ulong seed, TimeSpan within, params ReadOnlySpan<FaultKind> kinds)
    {
        var (count, _, _, _) = Draw.Block(seed, DrawPurpose.Faults, 3, 0, 0, 0);
        var faults = new List<MembershipFault>();
        for (uint i = 0; i <= count % 6; i++)
        {
            var (at, kind, choice, _) = Draw.Block(seed, DrawPurpose.Faults, 3, 0, 0, i + 1);
            faults.Add(new MembershipFault(
                within * Philox.Uniform(at), kinds[(int)(kind % kinds.Length)], (int)(choice >> 1)));
        }
        return this with { Membership = [.. faults.OrderBy(fault => fault.At)] };
    }
}
