using ClusterGd.Core.Data;
using ClusterGd.Core.Losses;

namespace ClusterGd.Cli.Predicting;

/// <summary>What the outputs of a model are called and mean.</summary>
internal static class Outputs
{
    /// <summary>One name an output: the class it is for, or the number of its target.</summary>
    public static string[] NamesOf(DataSchema schema, int outputCount, string single) => outputCount == 1
        ? [single]
        : schema.ClassNames.Length == outputCount
            ? [.. schema.ClassNames]
            : [.. Enumerable.Range(0, outputCount).Select(i => $"{single}{i}")];

    /// <summary>Whether the loss turns outputs into probabilities: 0, an even chance, then becomes 1/2.</summary>
    public static bool AreProbabilities(Loss loss)
    {
        Span<float> even = [0f, 0f];
        loss.ToPredictions(even, 2);
        if (even[0] == 0.5f) return true;
        even[0] = 0;
        loss.ToPredictions(even[..1], 1);
        return even[0] == 0.5f;
    }
}
