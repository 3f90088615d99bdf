using System.Collections.Immutable;
using ClusterGd.Core.Options;

namespace ClusterGd.Core.Optimizers;

/// <summary>Every learning-rate schedule a job may name: add a class and a row here, and nothing else.</summary>
public static class Schedules
{
    public static readonly ImmutableArray<Kind<Schedule>> All =
    [
        new("constant", "The learning rate stays.", [], _ => new ConstantSchedule()),
        new("step", "The learning rate falls by a factor every few epochs.",
            [
                Option.Integer("everyEpochs", 30, 1, int.MaxValue, "epochs between two falls"),
                Factor(0.1, "what a fall multiplies the learning rate by"),
            ],
            o => new StepSchedule(o.Integer("everyEpochs"), o.Number("factor"))),
        new("exponential", "The learning rate falls by a factor an epoch, a little at every step.",
            [Factor(0.95, "what an epoch multiplies the learning rate by")],
            o => new ExponentialSchedule(o.Number("factor"))),
        new("inverseTime", "The learning rate falls as 1 / (1 + decay × epochs), a little at every step.",
            [Option.Number("decay", 1, 0, double.PositiveInfinity, "an epoch's part of the divisor")],
            o => new InverseTimeSchedule(o.Number("decay"))),
        new("cosine", "The learning rate falls along half a cosine over the whole run.",
            [Option.Number("floor", 0, 0, 1, "share of the learning rate at the end")],
            o => new CosineSchedule(o.Number("floor"))),
    ];

    private static Option Factor(double defaultValue, string summary) =>
        Option.Number("factor", defaultValue, 0, 1, summary) with { IsMinExclusive = true };
}
