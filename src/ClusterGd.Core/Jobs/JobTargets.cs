using ClusterGd.Core.Data;
using ClusterGd.Core.Models;

namespace ClusterGd.Core.Jobs;

/// <summary>What a job makes of the target column.</summary>
public static class JobTargets
{
    /// <summary>The loss decides; k-means, which ignores the loss, needs no target.</summary>
    public static TargetKind KindOf(Job job) =>
        job.Model.Kind == KMeansModel.Kind.Name ? TargetKind.None : job.Loss.Kind.Create(Losses.Losses.All).TargetKind;
}
