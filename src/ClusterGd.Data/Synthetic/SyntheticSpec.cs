using System.Collections.Immutable;

namespace ClusterGd.Data;

/// <summary>Rows to make up. The same specification gives the same rows everywhere.</summary>
public sealed record SyntheticSpec
{
    /// <summary>The words that <see cref="Kind"/> may be.</summary>
    public static ImmutableArray<string> Kinds { get; } = ["linear", "logistic", "softmax", "clusters"];

    /// <summary>
    /// <c>linear</c>: the target is w·x and noise; <c>logistic</c>: its sign, -1 or 1; <c>softmax</c>: the class with
    /// the largest of several such; <c>clusters</c>: points around one centre a class, labelled with it.
    /// </summary>
    public required string Kind { get; init; }

    /// <summary>≥ 1. They are made one at a time: memory does not grow with them.</summary>
    public required long Rows { get; init; }

    /// <summary>1 … 100,000,000, times the classes.</summary>
    public required int Features { get; init; }

    /// <summary>softmax, clusters: classes, ≥ 2; the others ignore it. Default 10.</summary>
    public int Classes { get; init; } = 10;

    /// <summary>Deviation of the noise, ≥ 0, where w·x and the coordinates of centres have deviation 1. Default
    /// 0.1.</summary>
    public double Noise { get; init; } = 0.1;

    /// <summary>Fraction of the features that a row has, in (0, 1]; at least one, spread evenly. Default 1.</summary>
    public double Density { get; init; } = 1;

    public ulong Seed { get; init; } = 1;
}
