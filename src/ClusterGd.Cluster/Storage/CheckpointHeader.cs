using ClusterGd.Core.Jobs;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Storage;

/// <summary>What a checkpoint belongs to: all of it must agree before training goes on from it.</summary>
/// <param name="RunId">Of the run that began the folder.</param>
/// <param name="JobHash">See <see cref="Core.Jobs.JobText.Hash"/>.</param>
/// <param name="DataHash">See <see cref="Core.Data.DataSet.ContentHash"/>.</param>
/// <param name="KernelVersion">See <see cref="Core.Kernels.KernelVersion"/>.</param>
/// <param name="Step">Updates made.</param>
public sealed record CheckpointHeader(ulong RunId, string JobHash, string DataHash, string KernelVersion, long Step)
{
    public static CheckpointHeader Of(ulong runId, TrainingPlan plan, long step) => new(
        runId, JobText.Hash(plan.Job, JobTables.All), plan.Data.ContentHash, Core.Kernels.KernelVersion.Current, step);
}
