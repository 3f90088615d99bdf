using ClusterGd.Core.Data;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Core.Modes;

/// <summary>Trains once more in a recorded order of application: to the same bits.</summary>
public static class ModeReplay
{
    /// <summary>The server after the last entry.</summary>
    /// <exception cref="ArgumentException">The log is of another job, data or build; with the entry.</exception>
    public static ModeServer Run(TrainingMode mode, TrainingPlan plan, ShardStore store, IReadOnlyList<LogEntry> log)
    {
        var server = ModeServer.Create(mode, plan, plan.InitialParameters(store));
        var computer = new ModeComputer(mode, plan, store);
        var assigned = new Assignment?[plan.ShardCount];
        List<Assignment> news = [];
        server.Start(news);
        for (int i = 0; i < log.Count; i++)
        {
            foreach (var assignment in news) assigned[assignment.Worker] = assignment;
            news.Clear();
            var entry = log[i];
            if (entry.Worker < 0)
            {
                server.BeginTerm(news);
                continue;
            }
            var due = assigned[entry.Worker];
            if (due is null || due.Sequence != entry.Sequence || due.Model.Version != entry.Version)
            {
                throw new ArgumentException(
                    $"entry {i} of the order is of sequence {entry.Sequence} at version {entry.Version}, but worker " +
                    $"{entry.Worker} has {(due is null ? "nothing" : $"{due.Sequence} at {due.Model.Version}")} to " +
                    "do: take the order of this very job");
            }
            server.Handle(
                new WorkerPush(due.Term, due.Worker, due.Sequence, due.Model.Version, computer.Compute(due)), news);
        }
        return server;
    }
}
