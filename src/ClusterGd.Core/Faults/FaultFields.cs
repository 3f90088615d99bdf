using System.Collections.Immutable;
using System.Globalization;
using ClusterGd.Core.Jobs;

namespace ClusterGd.Core.Faults;

/// <summary>The fields of a fault by the names that files have for them.</summary>
internal static class FaultFields
{
    public static ImmutableArray<string> ShapeNames { get; } = ["symmetric", "outgoing", "incoming"];

    public static ImmutableArray<string> PlaneNames { get; } = ["both", "control", "tensors"];

    /// <summary>The fault with a field set.</summary>
    /// <param name="value">As its option reads it.</param>
    public static Fault Set(Fault fault, string name, object value) => name switch
    {
        "for" => fault with { For = (TimeSpan)value },
        "probability" => fault with { Probability = (double)value },
        "factor" => fault with { Factor = (double)value },
        "upTo" => fault with { UpTo = (TimeSpan)value },
        "shape" => fault with { Shape = (CutShape)ShapeNames.IndexOf((string)value) },
        "flap" => fault with { Flap = (TimeSpan)value },
        "plane" => fault with { Plane = PlaneOf(PlaneNames.IndexOf((string)value)) },
        "above" => fault with { Above = Convert.ToInt32(value, CultureInfo.InvariantCulture) },
        _ => throw Unknown(name),
    };

    public static object Get(Fault fault, string name) => name switch
    {
        "for" => fault.For,
        "probability" => fault.Probability,
        "factor" => fault.Factor,
        "upTo" => fault.UpTo,
        "shape" => ShapeNames[(int)fault.Shape],
        "flap" => fault.Flap,
        "plane" => PlaneNames[fault.Plane is { } plane ? 1 + (int)plane : 0],
        "above" => fault.Above,
        _ => throw Unknown(name),
    };

    public static string Text(Fault fault, string name) => ((JobNode.Scalar)OptionReader.Write(Get(fault, name))).Text;

    private static LinkPlane? PlaneOf(int index) => index == 0 ? null : (LinkPlane)(index - 1);

    private static ArgumentException Unknown(string name) => new($"a fault has no field '{name}'");
}
