using System.Globalization;

namespace ClusterGd.Cli.Logging;

/// <summary>What the lines of both formats begin with, so that a parent knows its children's.</summary>
internal static class LogLine
{
    public const string TimeFormat = "yyyy-MM-ddTHH:mm:ss.fffZ", JsonStart = "{\"timestamp\":\"";

    public static string Now => DateTime.UtcNow.ToString(TimeFormat, CultureInfo.InvariantCulture);

    public static bool Is(string line) => line.StartsWith(JsonStart, StringComparison.Ordinal)
        || (line.Length > TimeFormat.Length && DateTime.TryParseExact(
            line.AsSpan(0, TimeFormat.Length), TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out _));
}
