using System.Collections.Immutable;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using ClusterGd.Data.Jobs;

namespace ClusterGd.Data.Tests.Jobs;

/// <summary>A small house of kinds, so that these tests do not change when a loss is added.</summary>
internal static class JobTexts
{
    public const string Smallest = """
        data:
          train: { path: a.csv }
        model: linear
        """;

    public static readonly JobTables Tables = new()
    {
        Models =
        [
            Kind("linear", Option.Flag("bias", true, "adds a constant")),
            Kind("mlp", Option.Integers("hidden", null, 1, 65536, "widths of the hidden layers"),
                Option.Text("activation", "relu", "between layers", "relu", "tanh"),
                Option.Number("dropout", 0, 0, 1, "fraction dropped") with { IsMaxExclusive = true }),
        ],
        Losses = [Kind("squared"), Kind("logistic"), Kind("huber", Option.Above("delta", 1, 0, "where it bends"))],
        Optimizers =
        [
            Kind("momentum", Option.Number("momentum", 0.9, 0, 1, "what stays") with { IsMaxExclusive = true },
                Option.Flag("nesterov", false, "looks ahead")) with { Check = RefuseNesterovWithoutMomentum },
            Kind("adam", Option.Between("beta1", 0.9, 0, 1, "decay of the mean")),
        ],
        Schedules = [Kind("constant"), Kind("step", Option.Integer("epochs", null, 1, 1e9, "epochs between drops"))],
        StopCriteria =
        [
            Kind("relativeLoss", Option.Above("tolerance", 1e-4, 0, "smallest improvement"),
                Option.Integer("patience", 3, 1, 1e6, "checks without it")),
            Kind("target", Option.Text("metric", null, "what to reach", "accuracy", "auc", "rmse"),
                Option.Number("value", null, double.NegativeInfinity, double.PositiveInfinity, "how much of it")),
        ],
    };

    public static Job Read(string text, params string[] edits) =>
        JobFile.Parse(text, "job.yaml", edits, Tables, "/data");

    public static ImmutableArray<string> ProblemsOf(string text, params string[] edits)
    {
        try
        {
            Read(text, edits);
            return [];
        }
        catch (InputException refused)
        {
            return refused.Problems;
        }
    }

    private static KindEntry Kind(string name, params ReadOnlySpan<Option> options) =>
        new(name, $"{name} of the tests", [.. options], _ => { });

    private static void RefuseNesterovWithoutMomentum(Component c)
    {
        bool isNesterov = c.Options.GetValueOrDefault("nesterov", false) is true;
        if (isNesterov && c.Options.GetValueOrDefault("momentum", 0.9) is 0.0)
        {
            throw new ArgumentException("nesterov needs a momentum above 0");
        }
    }
}
