using System.Globalization;
using ClusterGd.Cli.Terminal;
using ClusterGd.Core.Metrics;
using ClusterGd.Core.Options;
using ClusterGd.Core.Simulation;

namespace ClusterGd.Cli.Comparing;

/// <summary>What a run is to reach: the objective over the training rows, or a metric.</summary>
/// <param name="Name"><c>trainLoss</c> or a metric.</param>
internal sealed record CompareTarget(string Name, double Value)
{
    private const string TrainLoss = "trainLoss";

    /// <summary>Reads <c>name=value</c>.</summary>
    /// <exception cref="InputException">With the value, what is allowed and the next step.</exception>
    public static CompareTarget Parse(string text)
    {
        string[] names = [TrainLoss, .. Metrics.Names];
        string[] words = text.Split('=');
        if (words.Length == 2 && names.Contains(words[0])
            && double.TryParse(words[1], NumberStyles.Float, CultureInfo.InvariantCulture, out double value))
        {
            return new CompareTarget(words[0], value);
        }
        throw new InputException(
            $"--target is '{text}', allowed is name=number with {string.Join(", ", names)}; write " +
            "trainLoss=0.33, for example.");
    }

    public bool IsReached(ModePoint point) => Name == TrainLoss
        ? point.TrainLoss <= Value
        : point.Metrics.TryGetValue(Name, out double value)
            && (Metrics.IsHigherBetter(Name) ? value >= Value : value <= Value);

    public override string ToString() => $"{Name} {Numbers.Short(Value)}";
}
