using System.Collections.Immutable;
using ClusterGd.Core.Aggregation;
using ClusterGd.Core.Models;
using ClusterGd.Core.Modes;
using ClusterGd.Core.Options;

namespace ClusterGd.Core.Jobs;

/// <summary>What mode and aggregation must have in common with the rest of the job.</summary>
internal static class TrainingChecks
{
    public static void Check(JobNode.Mapping root, Job job, string path, JobProblems problems)
    {
        if (root.Find("training")?.Value is not JobNode.Mapping training) return;
        if (training.Find("aggregation") is { } aggregation) CheckAggregation(aggregation, job, problems);
        if (training.Find("mode") is { } mode) CheckMode(mode, job, problems);
    }

    private static void CheckAggregation(JobNode.Entry entry, Job job, JobProblems problems)
    {
        var stated = job.Training.Aggregation;
        if (TryCreate(Aggregations.All, stated) is not { } rule) return;
        if (job.Model.Kind == KMeansModel.Kind.Name)
        {
            problems.Add(entry.Mark,
                $"training.aggregation {stated.Kind} means nothing for model {job.Model.Kind}; remove it");
            return;
        }
        int shards = job.Training.Shards;
        if (shards >= rule.CountMin(rule.Faulty)) return;
        int most = rule.Faulty;
        while (most >= 0 && shards < rule.CountMin(most)) most--;
        string allowed = most < 0
            ? $"no number with {shards} shards" : most == 0 ? "0" : $"a whole number from 0 to {most}";
        problems.Add(entry.Mark,
            $"training.aggregation.faulty is {rule.Faulty}, allowed is {allowed}: {stated.Kind} is sound only with " +
            $"shards ≥ {rule.Requirement}, and training.shards is {shards}; " +
            $"lower it, or set training.shards to {rule.CountMin(rule.Faulty)} or more");
    }

    private static void CheckMode(JobNode.Entry entry, Job job, JobProblems problems)
    {
        if (TryCreate(TrainingModes.All, job.Training.Mode) is not { } mode || mode.IsSynchronous) return;
        string name = job.Training.Mode.Kind;
        if (job.Training.Aggregation.Kind != "mean")
        {
            problems.Add(entry.Mark,
                $"training.mode is {name}, allowed with training.aggregation {job.Training.Aggregation.Kind} is " +
                "synchronous; change one of the two");
        }
        if (job.Model.Kind == KMeansModel.Kind.Name)
        {
            problems.Add(entry.Mark,
                $"training.mode is {name}, allowed with model {job.Model.Kind} is synchronous; change one of the two");
        }
        if (mode.ShardsMin > job.Training.Shards)
        {
            problems.Add(entry.Mark,
                $"training.mode.k is {mode.ShardsMin}, allowed is a whole number from 1 to training.shards, which is " +
                $"{job.Training.Shards}; change one of the two");
        }
    }

    /// <summary>Null where the kind or an option was wrong or missing, which has been told.</summary>
    private static T? TryCreate<T>(ImmutableArray<Kind<T>> table, Component component)
        where T : class?
    {
        try
        {
            return component.Create(table);
        }
        catch (Exception problem) when (problem is ArgumentException or OverflowException or InputException)
        {
            return null;
        }
    }
}
