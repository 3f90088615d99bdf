namespace ClusterGd.Core.Protocol;

/// <summary>The parts that take part in the protocol.</summary>
public enum Role
{
    /// <summary>Decides what all do next: one in a run.</summary>
    Coordinator,

    /// <summary>Hosts shards and slices, or is an observer: one in each process.</summary>
    Node,

    /// <summary>A part of the parameters, at its host or at a backup.</summary>
    Slice,

    /// <summary>Keeps the checkpoints where all nodes are in one process.</summary>
    Keeper,
}

/// <summary>Whom a message is for.</summary>
/// <param name="Node">The node where it is; empty for the one that there is, wherever it is.</param>
/// <param name="Index">Of a slice: which one. Else 0.</param>
public readonly record struct RoleAddress(string Node, Role Role, int Index = 0)
{
    /// <summary>What a keeper is called where a node or observer is named.</summary>
    public const string KeeperName = "checkpoint";

    /// <summary>The run's coordinator, wherever it is: a sender need not know.</summary>
    public static readonly RoleAddress Coordinator = new("", Role.Coordinator);

    /// <summary>A node or an observer; the keeper of this process under its name.</summary>
    public static RoleAddress OfNode(string name) =>
        name == KeeperName ? new RoleAddress("", Role.Keeper) : new RoleAddress(name, Role.Node);

    /// <summary>A slice at a node.</summary>
    public static RoleAddress OfSlice(int slice, string node) => new(node, Role.Slice, slice);

    /// <summary>The coordinator at a node, even where others take another one for the coordinator.</summary>
    public static RoleAddress OfCoordinatorAt(string node) => new(node, Role.Coordinator);

    public override string ToString() => Role switch
    {
        Role.Slice => $"slice {Index} at {Node}",
        Role.Coordinator => Node.Length > 0 ? $"coordinator at {Node}" : "coordinator",
        Role.Keeper => "keeper",
        _ => Node,
    };
}
