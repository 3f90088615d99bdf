using System.Collections.Immutable;

namespace ClusterGd.Core.Kernels;

/// <summary>How the elements of a tensor are written. The numbers are on the wire: none is used twice.</summary>
public enum ElementType : byte
{
    /// <summary>Opaque bytes.</summary>
    Byte = 0,

    /// <summary>IEEE 754 binary32.</summary>
    Float32 = 1,

    /// <summary>The upper half of a binary32: 8 bits of exponent, 7 of mantissa.</summary>
    BFloat16 = 2,

    /// <summary>IEEE 754 binary16: 5 bits of exponent, 10 of mantissa.</summary>
    Float16 = 3,
}

public static class ElementTypes
{
    /// <summary>The types of numbers, as a job names them.</summary>
    public static readonly ImmutableArray<(string Name, ElementType Type)> Floats =
    [
        ("float32", ElementType.Float32), ("bfloat16", ElementType.BFloat16), ("float16", ElementType.Float16),
    ];

    /// <summary>As a job names it.</summary>
    public static string Name(this ElementType type) => Floats.First(entry => entry.Type == type).Name;

    /// <summary>The type of a name of <see cref="Floats"/>.</summary>
    public static ElementType Named(string name) => Floats.First(entry => entry.Name == name).Type;

    /// <summary>Bytes of one element.</summary>
    public static int Size(this ElementType type) => type switch
    {
        ElementType.Byte => 1,
        ElementType.Float32 => 4,
        ElementType.BFloat16 => 2,
        ElementType.Float16 => 2,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "not an element type"),
    };
}
