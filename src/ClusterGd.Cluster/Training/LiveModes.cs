using ClusterGd.Core.Convergence;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Modes;
using ClusterGd.Core.Options;

namespace ClusterGd.Cluster;

/// <summary>What cannot be had where steps are not synchronous.</summary>
public static class LiveModes
{
    /// <param name="isAttacked">Whether some shards are to lie.</param>
    /// <exception cref="InputException">The job's mode cannot give what the job asks for.</exception>
    public static void Require(Job job, bool isAttacked = false)
    {
        if (job.Training.Mode.Create(TrainingModes.All).IsSynchronous) return;
        List<string> problems = [];
        string mode = job.Training.Mode.Kind;
        for (int i = 0; i < job.Stop.Length; i++)
        {
            var needs = job.Stop[i].Create(StopCriteria.All).Needs;
            if ((needs & (EvaluationNeeds.FullGradient | EvaluationNeeds.GradientNoise)) == 0) continue;
            problems.Add($"stop.{i} is {job.Stop[i].Kind}, which needs the gradients of whole steps; with " +
                $"training.mode {mode} there are none: use relativeLoss or a metric, or the mode synchronous.");
        }
        if (isAttacked)
        {
            problems.Add($"--attack has shards of a step lie together; with training.mode {mode} there is no such " +
                "step: leave it out, or use the mode synchronous.");
        }
        if (problems.Count > 0) throw new InputException([.. problems]);
    }
}
