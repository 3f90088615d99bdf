using System.Collections.Immutable;

namespace ClusterGd.Core.Jobs;

/// <summary>Times as files write them: a number with its unit.</summary>
internal static class JobDurations
{
    public const string Example = "500ms, 3.5s, 2min or 1h";

    // Longer names first: a time in ms ends with s too.
    private static readonly ImmutableArray<(string Name, double Seconds)> s_units =
        [("ms", 0.001), ("min", 60), ("s", 1), ("h", 3600)];

    /// <summary>False for anything but a number of at least 0 with a unit.</summary>
    public static bool TryParse(string text, out TimeSpan value)
    {
        value = default;
        foreach (var (name, seconds) in s_units)
        {
            if (!text.EndsWith(name, StringComparison.Ordinal)) continue;
            if (!JobNumbers.TryParse(text[..^name.Length].TrimEnd(' '), out double number) || number < 0) return false;
            double total = number * seconds;
            if (total > TimeSpan.MaxValue.TotalSeconds / 2) return false;
            value = TimeSpan.FromTicks((long)Math.Round(total * TimeSpan.TicksPerSecond));
            return true;
        }
        return false;
    }

    public static string ToText(TimeSpan value) => value < TimeSpan.FromSeconds(1) && value > TimeSpan.Zero
        ? JobNumbers.ToText(value.TotalMilliseconds) + "ms"
        : JobNumbers.ToText(value.TotalSeconds) + "s";
}
