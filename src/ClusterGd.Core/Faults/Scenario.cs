namespace ClusterGd.Core.Faults;

/// <summary>A job, the nodes that it runs on, and what happens to them: a scenario file as a record.</summary>
public sealed record Scenario
{
    /// <summary>The job's file, relative to the scenario's until resolved; null where the file names none.</summary>
    public string? Job { get; init; }

    /// <summary>At the start; 1 … 4096. Default 4.</summary>
    public int Nodes { get; init; } = 4;

    /// <summary>Draws what the plan leaves open. Default 1.</summary>
    public ulong Seed { get; init; } = 1;

    public FaultPlan Plan { get; init; } = FaultPlan.None;
}
