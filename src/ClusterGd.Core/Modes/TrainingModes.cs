using System.Collections.Immutable;
using ClusterGd.Core.Options;

namespace ClusterGd.Core.Modes;

/// <summary>Every mode of training that a job may name.</summary>
public static class TrainingModes
{
    private static readonly Option s_every = Option.Integer("every", 8, 1, 1e6, "steps of a worker between two means");

    public static readonly ImmutableArray<Kind<TrainingMode>> All =
    [
        new("synchronous", "Each step waits for all shards; the result depends on job and data alone.", [],
            _ => new Synchronous()),
        new("boundedStaleness", "Workers run ahead by at most so many steps; 0 is synchronous, bit for bit.",
            [Option.Integer("bound", 2, 0, 1e6, "steps that a worker may be ahead of its parameters")],
            o => new BoundedStaleness(o.Integer("bound"))),
        new("asynchronous", "Each gradient is applied as it arrives.",
            [
                Option.Flag("stalenessAware", true, "divides the learning rate by the updates missed"),
                Option.Text("compensation", "none", "of delay, as in DC-ASGD", "none", "constant", "adaptive"),
                Option.Number("lambda", 0.04, 0, 1e6, "weight of the compensation; the paper's adaptive one has 2"),
                Option.Number("decay", 0.95, 0, 1, "of the mean square, where it is adaptive") with
                    { IsMaxExclusive = true },
            ],
            o => new Asynchronous(
                o.Flag("stalenessAware"), Enum.Parse<DelayCompensation>(o.Text("compensation"), ignoreCase: true),
                o.Number("lambda"), o.Number("decay"))),
        new("kOfN", "Each step takes the first k gradients; the others' work is done again.",
            [Option.Integer("k", null, 1, 4096, "gradients of a step, at most training.shards")],
            o => new KOfN(o.Integer("k"))),
        new("localSgd", "Workers make steps of their own and then take the mean of their parameters.", [s_every],
            o => new LocalSteps(o.Integer("every"), 1, 0)),
        new("diloco", "Workers make steps of their own; an outer optimizer takes the mean of their changes.",
            [
                s_every with { Default = 32.0 },
                Option.Above("outerLearningRate", 0.7, 0, "of the outer optimizer"),
                Option.Number("outerMomentum", 0.9, 0, 1, "of the outer optimizer, Nesterov's") with
                    { IsMaxExclusive = true },
            ],
            o => new LocalSteps(o.Integer("every"), o.Number("outerLearningRate"), o.Number("outerMomentum"))),
    ];
}
