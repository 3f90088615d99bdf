using System.Globalization;

namespace ClusterGd.Core.Faults;

/// <summary>Which node a fault strikes.</summary>
public enum FaultTargetKind
{
    /// <summary>The n-th that was started.</summary>
    Number,

    /// <summary>Where the coordinator is at that moment.</summary>
    Coordinator,

    /// <summary>The host of the first slice at that moment.</summary>
    SliceOwner,

    /// <summary>One that is there, drawn by the seed.</summary>
    Any,

    /// <summary>Every one that is there.</summary>
    All,

    /// <summary>The process that trains on the nodes and hosts nothing itself: for links alone.</summary>
    Client,
}

/// <param name="Number">Of <see cref="FaultTargetKind.Number"/>: 1 for the first node that was started; those that join
/// are counted on.</param>
public readonly record struct FaultTarget(FaultTargetKind Kind, int Number = 0)
{
    public const string Allowed = "a node's number from 1, coordinator, sliceOwner, client, any or all";
    public static readonly FaultTarget Any = new(FaultTargetKind.Any), All = new(FaultTargetKind.All);
    public static readonly FaultTarget Coordinator = new(FaultTargetKind.Coordinator);
    public static readonly FaultTarget SliceOwner = new(FaultTargetKind.SliceOwner);
    public static readonly FaultTarget Client = new(FaultTargetKind.Client);

    public static FaultTarget Node(int number) => new(FaultTargetKind.Number, number);

    public static bool TryParse(string text, out FaultTarget target)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
        {
            target = Node(number);
            return number is >= 1 and <= 4096;
        }
        FaultTargetKind? kind = text switch
        {
            "coordinator" => FaultTargetKind.Coordinator,
            "sliceOwner" => FaultTargetKind.SliceOwner,
            "any" => FaultTargetKind.Any,
            "all" => FaultTargetKind.All,
            "client" => FaultTargetKind.Client,
            _ => null,
        };
        target = new FaultTarget(kind ?? default);
        return kind is not null;
    }

    /// <summary>As a file has it.</summary>
    public override string ToString() => Kind switch
    {
        FaultTargetKind.Number => Number.ToString(CultureInfo.InvariantCulture),
        FaultTargetKind.Coordinator => "coordinator",
        FaultTargetKind.SliceOwner => "sliceOwner",
        FaultTargetKind.Any => "any",
        FaultTargetKind.All => "all",
        FaultTargetKind.Client => "client",
    };
}
