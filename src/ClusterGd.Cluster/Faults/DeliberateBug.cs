using System.Globalization;

namespace ClusterGd.Cluster.Faults;

/// <summary>
/// A bug on purpose, so that a test can see what one does: <c>CLUSTERGD_BUG=NodeActor@100</c> has the first NodeActor
/// of this process throw that does something at step 100 or later.
/// </summary>
internal static class DeliberateBug
{
    private static readonly string[] s_words =
        Environment.GetEnvironmentVariable("CLUSTERGD_BUG")?.Split('@') ?? [];

    /// <exception cref="InvalidOperationException">It is here, and it is time.</exception>
    public static void At(string place, long step)
    {
        if (s_words is not [var where, var when] || where != place) return;
        if (step < long.Parse(when, CultureInfo.InvariantCulture)) return;
        s_words[0] = "";
        throw new InvalidOperationException($"a bug on purpose in {place}");
    }
}
