using System.Diagnostics;

namespace ClusterGd.Cluster;

/// <summary>Waits that a person is told of while they last.</summary>
public static class Waits
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    /// <summary>Waits for a task and says every second what is waited for, and since when.</summary>
    /// <param name="what">Completes the sentence "waiting for …"; asked each time.</param>
    public static async Task TellAsync(Task task, Func<string> what, Action<Waiting> tell)
    {
        long begin = Stopwatch.GetTimestamp();
        while (await Task.WhenAny(task, Task.Delay(s_second)).ConfigureAwait(false) != task)
        {
            tell(new Waiting(what(), Stopwatch.GetElapsedTime(begin)));
        }
        await task.ConfigureAwait(false);
    }

    /// <summary>
    /// A wait is worth a line once it has lasted for a second, and again whenever it has become twice as long: with the
    /// one before, whether this one is.
    /// </summary>
    public static bool IsNews(Waiting waiting, Waiting? last) => waiting.Since >= s_second && (last is null
        || SubjectOf(waiting) != SubjectOf(last) || waiting.Since < last.Since || waiting.Since >= 2 * last.Since);

    /// <summary>Without what is said of it in brackets, which may have times in it.</summary>
    private static string SubjectOf(Waiting waiting) => waiting.What.Split(" (")[0];
}
