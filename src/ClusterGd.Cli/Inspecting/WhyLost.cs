using ClusterGd.Cli.Terminal;
using ClusterGd.Cluster.Storage;
using ClusterGd.Core.Events;

namespace ClusterGd.Cli.Inspecting;

/// <summary>
/// Finds the death, silence or dead link that made steps wait: it explains a long step better than the node whose
/// gradient came last.
/// </summary>
internal static class WhyLost
{
    private static readonly string[] s_losses = [" is gone", " is silent", " is out of reach"];

    /// <summary>A step ends so long after its cause is known, or is told of so much later.</summary>
    private const double NearSeconds = 15;

    /// <summary>
    /// Null where nothing was lost. Where steps are slow now, and have been since long after it, that comes first.
    /// </summary>
    /// <param name="slow">What the times of the steps say; null for nothing.</param>
    public static WhySlow.Finding? Find(List<LoggedEvent> events, WhySlow.Finding? slow)
    {
        var loss = events.FindLast(e => e.Kind == EventKind.Left
            && s_losses.Any(text => e.Why.Contains(text, StringComparison.Ordinal)));
        if (loss is null) return null;
        bool isSlowSinceLater = slow is { Kind: "slowNow" }
            && events.Find(e => e.Timing?.FirstStep >= slow.FirstStep)?.Seconds > loss.Seconds + NearSeconds;
        // The event says first who goes, then why.
        string why = loss.Why[(loss.Why.IndexOf(": ", StringComparison.Ordinal) + 2)..];
        long at = loss.Step ?? 0;
        if (isSlowSinceLater)
        {
            return slow! with { Sentence = $"{slow.Sentence} Before, after step {at}: {why}; others took its work." };
        }
        double stop = StopAround(events, loss);
        return new WhySlow.Finding(
            "lost", $"No step for {Seconds(stop)} after step {at}: {why}; others took its work.", at, at, loss.Who,
            null, stop * 1000);
    }

    /// <summary>
    /// The finding, with the links that were told to lose packets: steps wait for them, although they seem to wait for
    /// nodes.
    /// </summary>
    public static WhySlow.Finding WithPacketLoss(WhySlow.Finding found, List<LoggedEvent> events)
    {
        var note = events.FindLast(e => e.Kind == EventKind.Note
            && e.Why.Contains(": packet loss", StringComparison.Ordinal));
        bool isSaid = found.Sentence.Contains(": packet loss", StringComparison.Ordinal);
        if (note is null || isSaid || found.Kind == "nothing") return found;
        return found with { Sentence = $"{found.Sentence} Known at step {note.Step ?? 0}: {note.Why}." };
    }

    /// <summary>
    /// Between the last event before it that says that something went on, and the first after it. The times of a slice
    /// do not tell: its new host was not there when the step began.
    /// </summary>
    private static double StopAround(List<LoggedEvent> events, LoggedEvent loss)
    {
        int at = events.IndexOf(loss);
        var before = events.Take(at).LastOrDefault(IsProgress);
        var after = events.Find(e => e.Seconds >= loss.Seconds && e.Step > loss.Step && IsProgress(e));
        return (after?.Seconds ?? loss.Seconds) - (before?.Seconds ?? loss.Seconds);
    }

    private static bool IsProgress(LoggedEvent e) => e.Kind is EventKind.Evaluated or EventKind.Steps;

    private static string Seconds(double seconds) => Numbers.Duration(TimeSpan.FromSeconds(seconds));
}
