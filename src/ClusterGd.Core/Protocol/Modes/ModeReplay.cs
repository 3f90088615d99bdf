using ClusterGd.Core.Data;
using ClusterGd.Core.Modes;

namespace ClusterGd.Core.Protocol;

/// <summary>Trains once more in a recorded order of application: to the same bits.</summary>
public static class ModeReplay
{
    /// <summary>The server after the last entry.</summary>
    /// <exception cref="ArgumentException">The log is of another job, data or build; with the entry.</exception>
    public static ModeServer Run(TrainingMode mode, TrainingPlan plan, ShardStore store, IReadOnlyList<LogEntry> log) =>
        Run(mode, plan, store, plan.InitialParameters(store), log);

    /// <param name="initial">The parameters at step 0.</param>
    /// <param name="progress">Told the number of each entry before it is taken; null for nobody.</param>
    /// <inheritdoc cref="Run(TrainingMode, TrainingPlan, ShardStore, IReadOnlyList{LogEntry})"/>
    public static ModeServer Run(
        TrainingMode mode, TrainingPlan plan, ShardStore store, ReadOnlySpan<float> initial,
        IReadOnlyList<LogEntry> log, Action<int>? progress = null)
    {
        var server = ModeServer.Create(mode, plan, initial);
        var computer = new ModeComputer(mode, plan, store);
        var assigned = new Assignment?[plan.ShardCount];
        List<Assignment> news = [];
        server.Start(news);
        for (int i = 0; i < log.Count; i++)
        {
            foreach (var assignment in news)
            {
                assigned[assignment.Worker]?.Release();
                assigned[assignment.Worker] = assignment;
            }
            news.Clear();
            progress?.Invoke(i);
            var entry = log[i];
            var due = entry.Worker < 0 ? null : Due(i, entry);
            if (entry.Worker == LogEntry.StopSet && (entry.Sequence < 0 || entry.Sequence > plan.StepsTotal))
            {
                throw new ArgumentException(
                    $"entry {i} of the order stops at step {entry.Sequence}, the job has {plan.StepsTotal}: take the " +
                    "order of this very job");
            }
            if (entry.IsFresh && due is not null) computer.Forget(entry.Worker);
            Divergence? divergence = null;
            var push = due is null ? null : computer.Compute(due, out divergence);
            if (due is not null) assigned[due.Worker] = null;
            if (divergence is not null) server.Diverge(divergence);
            else server.Follow(entry, push?.Sum, push?.StateSince ?? 0, news);
        }
        return server;

        Assignment Due(int i, LogEntry entry)
        {
            var due = entry.Worker < assigned.Length ? assigned[entry.Worker] : null;
            if (due is not null && due.Sequence == entry.Sequence && due.Model.Step == entry.Version) return due;
            throw new ArgumentException(
                $"entry {i} of the order is of sequence {entry.Sequence} at version {entry.Version}, but worker " +
                $"{entry.Worker} has {(due is null ? "nothing" : $"{due.Sequence} at {due.Model.Step}")} to " +
                "do: take the order of this very job");
        }
    }
}
