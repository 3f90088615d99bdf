using System.Globalization;

namespace ClusterGd.EndToEnd.Tests;

/// <summary>Which random schedules a test tries.</summary>
internal static class RandomSeeds
{
    /// <summary>
    /// The one of <c>CLUSTERGD_SEED</c>; else the first so many that a variable says, or a range of them
    /// (<c>11-20</c>); else the first few.
    /// </summary>
    public static IEnumerable<int> Of(string variable, int byDefault)
    {
        string stated = Environment.GetEnvironmentVariable("CLUSTERGD_SEED") is { } one ? $"{one}-{one}"
            : Environment.GetEnvironmentVariable(variable) ?? $"1-{byDefault}";
        int[] ends = [.. stated.Split('-').Select(end => int.Parse(end, CultureInfo.InvariantCulture))];
        return ends.Length == 1 ? Enumerable.Range(1, ends[0]) : Enumerable.Range(ends[0], ends[1] - ends[0] + 1);
    }
}
