using System.Collections.Immutable;

namespace ClusterGd.Core.Faults;

/// <summary>
/// The faults of a run: a value, so that the same plan and seed always give the same faults, in virtual time and, as
/// far as a machine lets them, on real processes.
/// </summary>
public sealed record FaultPlan(ImmutableArray<Fault> Faults)
{
    public static readonly FaultPlan None = new([]);

    public static FaultPlan Of(params ReadOnlySpan<Fault> faults) => new([.. faults]);

    /// <summary>Whether a kind is among them.</summary>
    public bool Has(FaultKind kind) => Faults.Any(fault => fault.Kind == kind);

    /// <summary>A plan drawn by the seed.</summary>
    /// <inheritdoc cref="RandomFaults.Draw"/>
    public static FaultPlan Random(ulong seed, FaultRange range) => RandomFaults.Draw(seed, range);
}
