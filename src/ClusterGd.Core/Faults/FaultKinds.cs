using System.Collections.Immutable;
using ClusterGd.Core.Options;

namespace ClusterGd.Core.Faults;

/// <summary>Who can make faults happen.</summary>
public enum FaultInterpreter
{
    /// <summary>The real protocol in virtual time.</summary>
    Simulator,

    /// <summary>Real processes.</summary>
    LiveCluster,
}

/// <summary>What is known of a kind of fault.</summary>
/// <param name="Name">The word in a file.</param>
/// <param name="Summary">One sentence: what it does.</param>
/// <param name="Node">Which node where a file does not say; null where the kind has none.</param>
/// <param name="Options">Its further fields with their ranges.</param>
public sealed record FaultKindRow(
    FaultKind Kind, string Name, string Summary, FaultTarget? Node, ImmutableArray<FaultInterpreter> Interpreters,
    ImmutableArray<Option> Options);

/// <summary>The one table of fault kinds: it feeds scenario files, random plans, interpreters and tests.</summary>
public static class FaultKinds
{
    private static readonly ImmutableArray<FaultInterpreter>
        s_both = [FaultInterpreter.Simulator, FaultInterpreter.LiveCluster], s_live = [FaultInterpreter.LiveCluster];

    private static readonly Option
        s_shape = Option.Text("shape", "symmetric", "which way it cuts", [.. FaultFields.ShapeNames]),
        s_plane = Option.Text("plane", "both", "whose messages it strikes", [.. FaultFields.PlaneNames]),
        s_flap = Option.Duration(
            "flap", TimeSpan.Zero, 0, 3600, "cut and open in turns, each for so long; 0s for cut");

    public static ImmutableArray<FaultKindRow> All { get; } =
    [
        new(FaultKind.Kill, "kill", "The process is gone at once, with all it had.", FaultTarget.Any, s_both, []),
        new(FaultKind.Pause, "pause", "The process stands still, then wakes up and believes it is still then.",
            FaultTarget.Any, s_both, [For(5, "until it wakes up")]),
        new(FaultKind.Slow, "slow", "The node computes slower.", FaultTarget.Any, s_both,
            [For(5, "until it is quick again"), Option.Number("factor", 10, 1, 1000, "how many times slower")]),
        new(FaultKind.Restart, "restart", "The process is killed and a new one comes in its place, empty.",
            FaultTarget.Any, s_both, [For(2, "until the new one comes")]),
        new(FaultKind.Leave, "leave", "The node hands over what it hosts, and goes.", FaultTarget.Any, s_both, []),
        new(FaultKind.Join, "join", "A new node comes.", null, s_both, []),
        new(FaultKind.Partition, "partition", "The nodes are cut off from all others.", FaultTarget.Any, s_both,
            [For(5, "until it heals"), s_shape, s_plane, s_flap]),
        new(FaultKind.Drop, "drop", "Messages are lost.", FaultTarget.All, s_both,
            [For(10, "until none is lost"), Probability(0.1)]),
        new(FaultKind.Delay, "delay", "Messages arrive late.", FaultTarget.All, s_both,
            [For(10, "until none is late"), UpTo(200)]),
        new(FaultKind.Duplicate, "duplicate", "Messages arrive twice.", FaultTarget.All, s_both,
            [For(10, "until none is doubled"), Probability(0.3)]),
        new(FaultKind.Reorder, "reorder", "Messages are held back while later ones overtake them.", FaultTarget.All,
            s_both, [For(10, "until none is held back"), Probability(0.2), UpTo(500)]),
        new(FaultKind.Corrupt, "corrupt", "Messages change on the way: their checksums tell, and they are dropped.",
            FaultTarget.All, s_both, [For(10, "until none changes"), Probability(0.1)]),
        new(FaultKind.CutPair, "cutPair", "The nodes are cut off from each other; all others reach them.",
            FaultTarget.Any, s_both, [For(5, "until it heals"), s_shape, s_plane, s_flap]),
        new(FaultKind.LargeFrames, "largeFrames", "Large frames of the nodes do not arrive: the MTU is wrong.",
            FaultTarget.Any, s_both,
            [
                For(5, "until it heals"), s_shape, s_plane,
                Option.Integer("above", 1400, 1, 1e9, "bytes that still arrive"),
            ]),
        new(FaultKind.PacketLoss, "packetLoss", "Packets are lost and sent again: messages come late.",
            FaultTarget.All, s_both, [For(10, "until none is lost"), Probability(0.2), s_plane]),
        new(FaultKind.DiskFull, "diskFull", "Nothing more can be written to the disk that checkpoints go to.",
            null, s_live, [For(10, "until there is room")]),
        new(FaultKind.FsyncError, "fsyncError", "fsync fails on the disk that checkpoints go to.", null, s_live,
            [For(10, "until it works")]),
        new(FaultKind.SlowDisk, "slowDisk", "The disk that checkpoints go to takes longer for everything.",
            null, s_live,
            [For(10, "until it is quick again"), Option.Number("factor", 10, 1, 1000, "how many times slower")]),
        new(FaultKind.DamagedCheckpoint, "damagedCheckpoint", "A byte of the newest checkpoint changes.",
            null, s_live, []),
        new(FaultKind.NanGradient, "nanGradient", "The next gradient that the node computes has a NaN in it.",
            FaultTarget.Any, s_both, []),
        new(FaultKind.FlippedBit, "flippedBit", "The next gradient that the node computes has one wrong bit.",
            FaultTarget.Any, s_both, []),
    ];

    public static FaultKindRow Row(FaultKind kind) => All[(int)kind];

    /// <summary>A fault with the defaults of its kind.</summary>
    public static Fault New(FaultKind kind)
    {
        var row = Row(kind);
        var fault = new Fault { Kind = kind, Nodes = row.Node is { } node ? [node] : [] };
        foreach (var option in row.Options) fault = FaultFields.Set(fault, option.Name, option.Default!);
        return fault;
    }

    /// <summary>As a scenario file has it: one line, every field of its kind.</summary>
    public static string Describe(Fault fault)
    {
        var row = Row(fault.Kind);
        var fields = row.Options.Select(o => $", {o.Name}: {FaultFields.Text(fault, o.Name)}");
        string node = row.Node is null ? "" : fault.Nodes is [var one]
            ? $", node: {one}" : $", node: [{string.Join(", ", fault.Nodes)}]";
        return $"{{ at: {fault.At}, kind: {row.Name}{node}{string.Concat(fields)} }}";
    }

    /// <summary>Refuses what an interpreter cannot do: nothing of a plan is left out in silence.</summary>
    /// <exception cref="InputException">With one sentence a fault.</exception>
    public static void Require(FaultPlan plan, FaultInterpreter interpreter)
    {
        var refused = plan.Faults.Where(fault => !Row(fault.Kind).Interpreters.Contains(interpreter))
            .Select(fault => $"{fault}: {Name(interpreter)} cannot do {Row(fault.Kind).Name}; remove it" +
                (Row(fault.Kind).Interpreters is [var other, ..] ? $", or use {Name(other)}." : "."))
            .ToImmutableArray();
        if (!refused.IsEmpty) throw new InputException(refused);
    }

    private static string Name(FaultInterpreter interpreter) => interpreter switch
    {
        FaultInterpreter.Simulator => "the simulator",
        FaultInterpreter.LiveCluster => "a live cluster",
    };

    private static Option For(double seconds, string until) =>
        Option.Duration("for", TimeSpan.FromSeconds(seconds), 0.01, 3600, until);

    private static Option Probability(double value) =>
        Option.Between("probability", value, 0, 1, "of each message") with { IsMaxExclusive = false };

    private static Option UpTo(double milliseconds) =>
        Option.Duration("upTo", TimeSpan.FromMilliseconds(milliseconds), 0.001, 60, "the longest wait of a message");
}
