using System.Collections.Immutable;
using ClusterGd.Core.Options;

namespace ClusterGd.Core.Attacks;

/// <summary>Every attack there is: add a class and a row here, and nothing else. One option each, or none.</summary>
public static class AttackKinds
{
    public static readonly ImmutableArray<Kind<Attack>> All =
    [
        new("signFlip", "The gradient times −factor.", [Option.Above("factor", 4, 0, "length of what is sent")],
            o => new SignFlip(o.Float("factor"))),
        new("scaling", "The gradient times factor.",
            [Option.Number("factor", 100, double.NegativeInfinity, double.PositiveInfinity, "of the gradient")],
            o => new Scaling(o.Float("factor"))),
        new("nan", "Not-a-number everywhere.", [], _ => new NotANumber()),
        new("littleIsEnough", "All liars send their mean less z deviations.",
            [Option.Number("z", 1.5, 0, 100, "deviations from the mean")], o => new LittleIsEnough(o.Number("z"))),
    ];
}
