using System.Collections.Immutable;
using ClusterGd.Core.Options;

namespace ClusterGd.Core.Aggregation;

/// <summary>
/// Every way to make one gradient of the shards' that a job may name: add a class and a row here, and nothing else. The
/// mean is null: it is the reduction tree's business.
/// </summary>
public static class Aggregations
{
    private static readonly Option s_faulty = Option.Integer(
        "faulty", null, 0, 2047, "shards whose gradients may be anything, also not-a-number");

    public static readonly ImmutableArray<Kind<RobustRule?>> All =
    [
        new("mean", "The mean over the rows: exact, and at the mercy of any one shard.", [], _ => null),
        new("median", "The median of each parameter's gradients; for n ≥ 2·faulty + 1 shards.", [s_faulty],
            o => new CoordinateMedian(o.Integer("faulty"))),
        new("trimmedMean", "Each parameter's mean without its extremes; for n ≥ 2·faulty + 1 shards.", [s_faulty],
            o => new TrimmedMean(o.Integer("faulty"))),
        new("krum", "The gradient nearest to its neighbours; for n ≥ 2·faulty + 3 shards.", [s_faulty],
            o => new Krum(o.Integer("faulty"), selected: 1)),
        new("multiKrum", "The mean of the gradients nearest to their neighbours; for n ≥ 2·faulty + 3 shards.",
            [
                s_faulty,
                Option.Integer("selected", 0, 0, 4096, "gradients taken; 0 for n − faulty − 2, which is the most"),
            ],
            o => new Krum(o.Integer("faulty"), o.Integer("selected"))),
        new("geometricMedian", "The point of least summed distance; for n ≥ 2·faulty + 1 shards.",
            [
                s_faulty,
                Option.Integer("iterations", 8, 1, 1000, "Weiszfeld's iterations"),
                Option.Above("smoothing", 1e-6, 0, "least distance that counts"),
            ],
            o => new GeometricMedian(o.Integer("faulty"), o.Integer("iterations"), o.Number("smoothing"))),
        new("centeredClipping", "The mean of the gradients cut to a radius; for n ≥ 2·faulty + 1 shards.",
            [
                s_faulty,
                Option.Integer("iterations", 3, 1, 1000, "times that the centre is moved"),
                Option.Number("radius", 0, 0, double.PositiveInfinity, "of the cut; 0 for the median distance"),
            ],
            o => new CenteredClipping(o.Integer("faulty"), o.Integer("iterations"), o.Number("radius"))),
    ];
}
