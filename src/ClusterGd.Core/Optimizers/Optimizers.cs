using System.Collections.Immutable;
using ClusterGd.Core.Options;

namespace ClusterGd.Core.Optimizers;

/// <summary>Every optimizer a job may name: add a class and a row here, and nothing else.</summary>
public static class Optimizers
{
    private static readonly Option s_momentum =
        Option.Number("momentum", 0.9, 0, 1, "share of the velocity kept a step") with { IsMaxExclusive = true };

    private static readonly Option s_convention = Option.Text(
        "convention", "pytorch", "whether the velocity holds gradients or steps, where the learning rate changes",
        "pytorch", "sutskever");

    private static readonly ImmutableArray<Option> s_adam =
    [
        Option.Number("beta1", 0.9, 0, 1, "share of the mean gradient kept a step") with { IsMaxExclusive = true },
        Option.Number("beta2", 0.999, 0, 1, "share of the mean square kept a step") with { IsMaxExclusive = true },
        Option.Above("epsilon", 1e-8, 0, "added to the root of the mean square"),
    ];

    public static readonly ImmutableArray<Kind<UpdateRule>> All =
    [
        new("sgd", "Plain stochastic gradient descent.", [], _ => new Sgd()),
        new("momentum", "Gradient descent with heavy-ball momentum.", [s_momentum, s_convention],
            o => new Momentum(o.Float("momentum"), o.Text("convention") == "sutskever", isNesterov: false)),
        new("nesterov", "Gradient descent with Nesterov's momentum.",
            [s_momentum with { IsMinExclusive = true }, s_convention],
            o => new Momentum(o.Float("momentum"), o.Text("convention") == "sutskever", isNesterov: true)),
        new("adagrad", "A learning rate of its own for each parameter, from the sum of its squared gradients.",
            [Option.Above("epsilon", 1e-10, 0, "added to the root of the sum of squares")],
            o => new Adagrad(o.Float("epsilon"))),
        new("rmsprop", "A learning rate of its own for each parameter, from a moving mean of its squared gradients.",
            [
                Option.Between("alpha", 0.99, 0, 1, "share of the mean square kept a step"),
                Option.Above("epsilon", 1e-8, 0, "added to the root of the mean square"),
                s_momentum with { Default = 0.0, Summary = "share of the velocity kept a step; 0 for no momentum" },
            ],
            o => new RmsProp(o.Number("alpha"), o.Float("epsilon"), o.Float("momentum"))),
        new("adam", "Moving means of gradient and squared gradient; l2 is part of the gradient.", s_adam,
            o => new Adam(o.Number("beta1"), o.Number("beta2"), o.Float("epsilon"), weightDecay: 0)),
        new("adamw", "Adam with weight decay beside the gradient.",
            [
                .. s_adam,
                Option.Number("weightDecay", 0.01, 0, double.PositiveInfinity,
                    "share of each parameter, biases too, taken off a step, times the learning rate"),
            ],
            o => new Adam(o.Number("beta1"), o.Number("beta2"), o.Float("epsilon"), o.Number("weightDecay"))),
    ];
}
