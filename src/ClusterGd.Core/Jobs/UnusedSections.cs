using ClusterGd.Core.Models;

namespace ClusterGd.Core.Jobs;

/// <summary>Refuses what a job states and its model would ignore.</summary>
internal static class UnusedSections
{
    /// <summary>k-means has a loss and an update of its own; a section that states the defaults does no harm.</summary>
    public static void Check(JobNode.Mapping root, Job job, JobTables tables, JobProblems problems)
    {
        if (job.Model.Kind != KMeansModel.Kind.Name) return;
        Refuse("loss", job with { Loss = new LossSpec() });
        Refuse("optimizer", job with { Optimizer = new OptimizerSpec() });

        void Refuse(string key, Job without)
        {
            if (root.Find(key) is not { } entry || JobText.Write(job, tables) == JobText.Write(without, tables)) return;
            problems.Add(entry.Mark, $"{key} means nothing for model {job.Model.Kind}; remove it");
        }
    }
}
