using ClusterGd.Core.Jobs;
using ClusterGd.Core.Modes;

namespace ClusterGd.Cluster;

/// <summary>Which modes of training run on actors.</summary>
public static class LiveModes
{
    /// <exception cref="InputException">The job's mode runs in virtual time only.</exception>
    public static void Require(Job job)
    {
        if (job.Training.Mode.Create(TrainingModes.All).IsSynchronous) return;
        string kind = job.Training.Mode.Kind;
        throw new InputException(
            $"training.mode is {kind}, which runs in virtual time only so far: 'clustergd compare JOB.yaml --modes " +
            $"{kind}' trains it there; set training.mode to synchronous to train on actors.");
    }
}
