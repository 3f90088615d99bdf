using System.Collections.Immutable;
using System.Globalization;

namespace ClusterGd.Core.Options;

/// <summary>
/// What the loss of a row is multiplied by, by its class: balanced, so that all classes count the same, or as stated
/// with 1 for classes that are not named.
/// </summary>
/// <param name="ByClass">Finite and ≥ 0, by the name of the class; empty where they are balanced.</param>
public sealed record ClassWeights(ImmutableSortedDictionary<string, double> ByClass)
{
    public const string Balanced = "balanced";

    private static readonly ImmutableSortedDictionary<string, double> s_none =
        ImmutableSortedDictionary.Create<string, double>(StringComparer.Ordinal);

    public ClassWeights() : this(s_none) { }

    public bool IsBalanced => ByClass.IsEmpty;

    /// <summary>The class of that name, or that is the same number (+1, 1 and 1.0); -1 where there is none.</summary>
    public static int IndexOf(string name, ImmutableArray<string> classes)
    {
        int index = classes.IndexOf(name);
        if (index >= 0 || !TryParse(name, out double number)) return index;
        for (int k = 0; k < classes.Length; k++)
        {
            if (TryParse(classes[k], out double other) && other == number) return k;
        }
        return -1;
    }

    private static bool TryParse(string text, out double number) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number);
}
