using System.Globalization;

namespace ClusterGd.Cluster.Storage;

/// <summary>
/// Calls of a disk that may not return: one that is broken, or of a network whose server is gone. Who waits for it goes
/// on after a while as if it had failed; the call itself nobody can end, and it may succeed later.
/// </summary>
internal static class DiskDeadline
{
    /// <summary>How long the small calls of a disk may take that is in order.</summary>
    public static readonly TimeSpan Short = TimeSpan.FromSeconds(2);

    /// <exception cref="IOException">It took longer, or failed itself.</exception>
    public static T Run<T>(Func<T> call, TimeSpan patience)
    {
        var task = Task.Run(call);
        if (!IsDone(task, patience)) throw NoAnswer(patience);
        return task.GetAwaiter().GetResult();
    }

    /// <summary>Whether it ends in time, however it ends.</summary>
    public static bool IsDone(Task task, TimeSpan patience) =>
        Task.WaitAny([task], patience) >= 0;

    public static IOException NoAnswer(TimeSpan time) => new(string.Create(
        CultureInfo.InvariantCulture, $"the disk has not answered for {time.TotalSeconds:0} s"));
}
