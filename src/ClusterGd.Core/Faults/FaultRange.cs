using System.Collections.Immutable;

namespace ClusterGd.Core.Faults;

/// <summary>What faults are drawn from.</summary>
public sealed record FaultRange
{
    /// <summary>Nodes at the start; ≥ 1.</summary>
    public required int Nodes { get; init; }

    /// <summary>Steps of the run: half of the faults strike at one of them.</summary>
    public required long Steps { get; init; }

    /// <summary>Time within which the other half strikes.</summary>
    public required TimeSpan Time { get; init; }

    /// <summary>
    /// Nodes that may be gone, cut off or stand still, counted over the whole run: a strike at several that would go
    /// beyond is at one, and where none is left it is left out. By default there is no such limit.
    /// </summary>
    public int AwayMax { get; init; } = int.MaxValue;

    /// <summary>The kinds to draw from; by default all that the simulator can do.</summary>
    public ImmutableArray<FaultKind> Kinds { get; init; } =
    [
        .. FaultKinds.All.Where(row => row.Interpreters.Contains(FaultInterpreter.Simulator)).Select(row => row.Kind),
    ];
}
