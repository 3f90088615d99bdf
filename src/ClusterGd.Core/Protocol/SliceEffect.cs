using System.Collections.Immutable;

namespace ClusterGd.Core.Protocol;

/// <summary>What a slice wants done.</summary>
public abstract record SliceEffect
{
    /// <summary>
    /// Send to every node; each becomes an owner of the buffer, and the slice gives up its own share.
    /// </summary>
    public sealed record Publish(SlicePublished Message) : SliceEffect;

    /// <summary>Send to one node, which becomes the owner; the slice gives up its own share.</summary>
    public sealed record PublishTo(string Node, SlicePublished Message) : SliceEffect;

    /// <summary>Send the whole state to the node that takes the slice over.</summary>
    public sealed record SendState(string Node, SliceState State) : SliceEffect;

    /// <summary>Send the whole state to the observers, for a checkpoint.</summary>
    public sealed record SaveState(SliceState State) : SliceEffect;

    /// <summary>
    /// Send to these backups; each becomes an owner of the buffer, and the slice gives up its own share.
    /// </summary>
    public sealed record Replicate(ImmutableArray<string> Nodes, SliceUpdate Update) : SliceEffect;

    /// <summary>Tell the slice's host how far this backup is.</summary>
    public sealed record ReportBackup(BackupStep Message) : SliceEffect;

    /// <summary>Tell a backup that it is counted.</summary>
    public sealed record ConfirmBackup(string Node, BackupCounted Message) : SliceEffect;

    /// <summary>Tell the coordinator that the limit is reached and nothing is under way.</summary>
    public sealed record ReportReached(SliceReached Message) : SliceEffect;

    /// <summary>Tell the other slices this one's squared norm of the step's mean gradient.</summary>
    public sealed record ShareNorm(SliceNorm Message) : SliceEffect;

    /// <summary>Ask the nodes that host these shards for the step's gradient, again.</summary>
    public sealed record RequestGradient(long Step, Pass Pass, ImmutableArray<int> Shards) : SliceEffect;

    /// <summary>Ask a node to compute these shards of the step as well, whose host is late.</summary>
    public sealed record AskStandIn(string Node, long Step, ImmutableArray<int> Shards) : SliceEffect;

    /// <summary>Tell the coordinator that a node is slow.</summary>
    public sealed record ReportSlow(NodeSlow Message) : SliceEffect;

    /// <summary>Ask the other slices for their norm of this step, again.</summary>
    public sealed record RequestNorm(long Step) : SliceEffect;

    /// <summary>Send to the node where the worker is.</summary>
    public sealed record Assign(string Node, Modes.Assignment Assignment) : SliceEffect;

    /// <summary>Send a line of the order of application to a backup.</summary>
    public sealed record ReplicateEntry(string Node, ModeEntry Entry) : SliceEffect;

    /// <summary>Send lines of the order of application to who keeps it.</summary>
    public sealed record SendOrder(string Node, OrderPart Part) : SliceEffect;

    /// <summary>Tell the coordinator where it can stop.</summary>
    public sealed record AnswerHeld(Held Message) : SliceEffect;

    public sealed record Summarize(SliceReport Message) : SliceEffect;

    public sealed record ReportGradient(SliceGradient Message) : SliceEffect;

    /// <summary>A parameter, or what travels of it, became NaN or infinite.</summary>
    public sealed record Diverged(Divergence Message) : SliceEffect;
}

/// <summary>A slice's part of the squared norm of a step's mean gradient, for clipping by the global norm.</summary>
public sealed record SliceNorm(int Slice, long Step, double SquaredNorm);
