using System.Collections.Immutable;

namespace ClusterGd.Core.Protocol;

/// <summary>What a coordinator needs to know of its cluster. Nothing here can change a run's result.</summary>
public sealed record CoordinatorSettings
{
    /// <summary>The node where the coordinator is.</summary>
    public required string Name { get; init; }

    /// <summary>What tells its process from another one that was at the same address before. Default 0.</summary>
    public int Incarnation { get; init; }

    internal string Process => $"{Name}#{Incarnation}";

    /// <summary>Where the data plane of its process listens; empty where it never leaves the process.</summary>
    public string Endpoint { get; init; } = "";

    /// <summary>Job, data and kernel version in one string: nodes with another are refused.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Nodes to wait for before the first step; ≥ 1. Default 1.</summary>
    public int NodesMin { get; init; } = 1;

    /// <summary>Nodes that are likely to come soon: the first layout waits a moment for them. Default none.</summary>
    public int NodesHoped { get; init; }

    /// <summary>
    /// Nodes that follow each slice beside its host, so that as many may die at once; ≥ 0. Default 0.
    /// </summary>
    public int Backups { get; init; }

    /// <summary>Time after which what was asked for is asked for again.</summary>
    public required TimeSpan RetryInterval { get; init; }

    /// <summary>
    /// Time that a change of the nodes must last before anything moves, so that several become one move.
    /// </summary>
    public TimeSpan Debounce { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Time without enough nodes after which the run is lost. Default 60 s.</summary>
    public TimeSpan GatheringMax { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Whether somebody takes the checkpoints that the job wants. Default false.</summary>
    public bool HasCheckpoints { get; init; }

    /// <summary>Those that want the result and host nothing, and where their data planes listen.</summary>
    public ImmutableArray<string> Observers { get; init; } = [];

    public ImmutableArray<string> ObserverEndpoints { get; init; } = [];
}
