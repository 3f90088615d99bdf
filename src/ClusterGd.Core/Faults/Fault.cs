using System.Collections.Immutable;

namespace ClusterGd.Core.Faults;

/// <summary>Which way a link is cut.</summary>
public enum CutShape
{
    /// <summary>Nothing passes.</summary>
    Symmetric,

    /// <summary>Nothing that the nodes send arrives; they hear the others. Of a pair, what the first sends.</summary>
    Outgoing,

    /// <summary>The nodes hear nothing; the others hear them. Of a pair, what the first is sent.</summary>
    Incoming,
}

/// <summary>One fault of a plan; <see cref="FaultKinds"/> says which fields mean something. Immutable.</summary>
public sealed record Fault
{
    public required FaultKind Kind { get; init; }

    public FaultMoment At { get; init; } = FaultMoment.AtTime(TimeSpan.Zero);

    /// <summary>The nodes struck, together; for faults of messages, those whose messages are struck.</summary>
    public ImmutableArray<FaultTarget> Nodes { get; init; } = [];

    /// <summary>How long it lasts.</summary>
    public TimeSpan For { get; init; }

    /// <summary>Of each message, 0 … 1.</summary>
    public double Probability { get; init; }

    /// <summary>How many times slower; ≥ 1.</summary>
    public double Factor { get; init; } = 1;

    /// <summary>A message waits for 1 ms up to this.</summary>
    public TimeSpan UpTo { get; init; }

    public CutShape Shape { get; init; }

    /// <summary>Whose messages it strikes; null for both planes'.</summary>
    public LinkPlane? Plane { get; init; }

    /// <summary>Frames of more bytes do not arrive.</summary>
    public int Above { get; init; }

    /// <summary>A link is cut and open in turns, each for so long; zero for steadily cut.</summary>
    public TimeSpan Flap { get; init; }

    /// <summary>As a scenario file has it.</summary>
    public override string ToString() => FaultKinds.Describe(this);
}
