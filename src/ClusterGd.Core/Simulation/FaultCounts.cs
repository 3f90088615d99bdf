using System.Collections.Immutable;
using ClusterGd.Core.Faults;

namespace ClusterGd.Core.Simulation;

/// <summary>How often each kind of fault has struck.</summary>
internal sealed class FaultCounts
{
    private readonly long[] _counts = new long[FaultKinds.All.Length];

    public void Add(FaultKind kind) => _counts[(int)kind]++;

    public ImmutableArray<long> ToImmutable() => [.. _counts];
}
