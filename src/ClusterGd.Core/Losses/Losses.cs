using System.Collections.Immutable;
using ClusterGd.Core.Options;

namespace ClusterGd.Core.Losses;

/// <summary>Every loss a job may name: add a class and a row here, and nothing else.</summary>
public static class Losses
{
    public static readonly ImmutableArray<Kind<Loss>> All =
    [
        new("squared", "Half the squared error: regression to the mean.", [], _ => new SquaredLoss()),
        new("huber", "Squared near the target, linear beyond: regression with outliers.",
            [Option.Above("delta", 1, 0, "error beyond which the loss is linear, in units of the target")],
            o => new HuberLoss(o.Float("delta"))),
        new("quantile", "Pinball loss: regression to a quantile of the target.",
            [Option.Between("quantile", 0.5, 0, 1, "the quantile; 0.5 is the median")],
            o => new QuantileLoss(o.Float("quantile"))),
        new("poisson", "Poisson likelihood with log link: counts and rates, targets of at least 0.", [],
            _ => new PoissonLoss()),
        new("logistic", "Logistic regression: two classes, with probabilities.", [], _ => new LogisticLoss()),
        new("hinge", "Linear support vector machine: two classes, without probabilities.", [], _ => new HingeLoss()),
        new("multiLabel", "Several labels a row: one logistic regression a label, with probabilities.", [],
            _ => new MultiLabelLoss()),
        new("softmax", "Cross-entropy: any number of classes, with probabilities.", [], _ => new SoftmaxLoss()),
    ];
}
