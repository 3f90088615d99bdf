using ClusterGd.Cli.Logging;
using ClusterGd.Cli.Nodes;
using ClusterGd.Cluster;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;

namespace ClusterGd.Cli.Training;

/// <summary>Where a run is trained: in this process, in others of this machine, or on a cluster.</summary>
/// <param name="Processes">0 for none.</param>
/// <param name="Cluster">host:port of a node; null for none.</param>
internal sealed record TrainPlace(TrainingOptions Embedded, int Processes, string? Cluster, int? NodesMin)
{
    private static readonly TimeSpan s_joinTime = TimeSpan.FromSeconds(30);

    /// <summary>Refuses more nodes than this process may have files for.</summary>
    /// <exception cref="Core.Options.InputException">There are too many.</exception>
    public void RequireFiles() => FileLimit.Require(Math.Max(Embedded.Nodes, Processes));

    public async Task<TrainingResult> TrainAsync(
        Job job, DataSet data, Action<TrainingEvent> report, CancellationToken interrupt, CheckpointKeeper keeper)
    {
        if ((NodesMin ?? (Processes > 0 ? Processes : null as int?)) is { } nodesMin)
        {
            job = job with { Cluster = job.Cluster with { NodesMin = nodesMin } };
        }
        if (Cluster is not null)
        {
            var resolving = Seeds.ResolveAsync([Cluster], "--cluster", s_joinTime, interrupt);
            await Waits.TellAsync(resolving, () => $"{Cluster} to resolve", report);
            var seeds = await resolving;
            string self = MachineAddress.Toward(Cluster[..Cluster.LastIndexOf(':')]);
            return await ClusterClient.RunAsync(
                job, data, self, () => seeds, s_joinTime, report, interrupt, keeper, loggers: ProgramLog.Loggers);
        }
        if (Processes == 0) return await Trainer.RunAsync(job, data, Embedded, report, interrupt, keeper);
        int cores = Embedded.Threads > 0 ? Embedded.Threads : Environment.ProcessorCount;
        using var nodes = await NodeProcesses.StartAsync(
            Processes, Math.Max(1, cores / Processes), report, interrupt);
        return await ClusterClient.RunAsync(
            job, data, "127.0.0.1", () => nodes.Seeds, s_joinTime, report, interrupt, keeper,
            loggers: ProgramLog.Loggers);
    }
}
