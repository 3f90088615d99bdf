using System.Collections.Immutable;
using ClusterGd.Core.Data;
using ClusterGd.Core.Losses;
using ClusterGd.Core.Options;

namespace ClusterGd.Core.Models;

/// <summary>Every model a job may name: add a class and a row here, and nothing else.</summary>
public static class Models
{
    public static readonly ImmutableArray<Kind<Func<DataSchema, Loss, Model>>> All =
    [
        new("linear", "Weighted sum of the features, an output a target or class: generalised linear models.",
            [Option.Flag("bias", true, "whether each output has a constant term")],
            options =>
            {
                bool hasBias = options.Flag("bias");
                return (schema, loss) => new LinearModel(schema, loss, hasBias);
            }),
        MlpModel.Kind,
        KMeansModel.Kind,
    ];
}
