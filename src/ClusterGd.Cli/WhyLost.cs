using ClusterGd.Cluster.Storage;
using ClusterGd.Core.Events;

namespace ClusterGd.Cli;

/// <summary>
/// Finds the death, silence or dead link that made steps wait: it explains a long step better than the node whose
/// gradient came last.
/// </summary>
internal static class WhyLost
{
    private static readonly string[] s_losses = [" is gone", " is silent", " is out of reach"];

    /// <summary>A step ends so long after its cause is known, or is told of so much later.</summary>
    private const double NearSeconds = 15;

    /// <summary>Null where nothing was lost, or steps are slow now and have been since long after it.</summary>
    /// <param name="slow">What the times of the steps say; null for nothing.</param>
    public static WhySlow.Finding? Find(List<LoggedEvent> events, WhySlow.Finding? slow)
    {
        var loss = events.FindLast(e => e.Kind == EventKind.Left
            && s_losses.Any(text => e.Why.Contains(text, StringComparison.Ordinal)));
        if (loss is null) return null;
        bool isSlowSinceLater = slow is { Kind: "slowNow" }
            && events.Find(e => e.Timing?.FirstStep >= slow.FirstStep)?.Seconds > loss.Seconds + NearSeconds;
        if (isSlowSinceLater) return null;
        var longest = events.Where(e => Math.Abs(e.Seconds - loss.Seconds) <= NearSeconds)
            .Select(e => e.Timing?.Slowest).OfType<SlowStep>().MaxBy(step => step.Ms);
        // The event says first who goes, then why.
        string why = loss.Why[(loss.Why.IndexOf(": ", StringComparison.Ordinal) + 2)..];
        long at = longest?.Step ?? loss.Step ?? 0;
        string cost = longest is null ? $"At step {at}" : $"Step {at} took {Seconds(longest.Ms / 1000)}";
        return new WhySlow.Finding(
            "lost", $"{cost}: {why}; others took its work.", at, at, loss.Who, null, longest?.Ms ?? 0);
    }

    private static string Seconds(double seconds) => Numbers.Duration(TimeSpan.FromSeconds(seconds));
}
