using System.Globalization;

namespace ClusterGd.Core.Jobs;

/// <summary>Numbers as job files write them: the invariant culture's, finite.</summary>
internal static class JobNumbers
{
    private const NumberStyles Style =
        NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    public static bool TryParse(string text, out double value) =>
        double.TryParse(text, Style, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);

    public static string ToText(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
