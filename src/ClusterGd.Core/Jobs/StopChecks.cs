using System.Collections.Immutable;
using ClusterGd.Core.Convergence;
using ClusterGd.Core.Models;
using ClusterGd.Core.Options;

namespace ClusterGd.Core.Jobs;

/// <summary>What stop criteria must have in common with the rest of the job, and with each other.</summary>
internal static class StopChecks
{
    public static void Check(JobNode.Mapping root, Job job, string path, JobProblems problems)
    {
        if (root.Find("stop")?.Value is not JobNode.Sequence list) return;
        var criteria = job.Stop.Select(component => TryCreate(StopCriteria.All, component)).ToList();
        if (MetricsOf(root, job) is { } metrics)
        {
            for (int i = 0; i < criteria.Count; i++) CheckMetric(list.Items[i], i, criteria[i], metrics, problems);
        }
        for (int i = 0; i < criteria.Count; i++) CheckRows(list.Items[i], i, criteria[i], job.Data, problems);
        CheckKeepers(list, job, criteria, problems);
    }

    private static void CheckRows(
        JobNode item, int index, StopCriterion? criterion, DataSpec data, JobProblems problems)
    {
        if ((item as JobNode.Mapping)?.Find("rows") is not { } entry) return;
        string? missing = criterion?.Rows switch
        {
            MeasuredRows.Validation when !data.HasValidation => "data.validation or 'data.split.validation: 0.1'",
            MeasuredRows.Test when !data.HasTest => "data.test or 'data.split.fraction: 0.2'",
            _ => null,
        };
        if (missing is null) return;
        problems.Add(entry.Mark, $"stop.{index}.rows is {criterion!.Rows.ToString().ToLowerInvariant()}, but the job " +
            $"has no such rows; add {missing}, or remove the key");
    }

    private static void CheckMetric(
        JobNode item, int index, StopCriterion? criterion, (string Of, ImmutableArray<string> Names) metrics,
        JobProblems problems)
    {
        if (criterion?.Metric is not { } metric || metrics.Names.Contains(metric)) return;
        // Every job has a loss, so a metric that it has not was stated.
        if ((item as JobNode.Mapping)?.Find("metric") is not { } entry) return;
        problems.Wrong(
            entry.Value, $"stop.{index}.metric", $"{OptionReader.OneOf(metrics.Names)} with {metrics.Of}",
            NearestWord.Hint(metric, metrics.Names, "use one of these"));
    }

    private static void CheckKeepers(
        JobNode.Sequence list, Job job, List<StopCriterion?> criteria, JobProblems problems)
    {
        var keepers = Enumerable.Range(0, criteria.Count).Where(i => criteria[i]?.KeepsBest == true).ToList();
        foreach (int i in keepers.Skip(1))
        {
            problems.Add(list.Items[i].Mark,
                $"{Named(i)} and {Named(keepers[0])} both restore their best parameters, " +
                "allowed is one such criterion; remove one of them");
        }
        string Named(int i) => $"stop.{i} ({job.Stop[i].Kind})";
    }

    /// <summary>The metrics that the job has, and due to what; null where its model or loss is a mistake.</summary>
    private static (string Of, ImmutableArray<string> Names)? MetricsOf(JobNode.Mapping root, Job job)
    {
        if (job.Model.Kind.Length == 0) return null;
        // A loss that could not be read has left the default in its place.
        var stated = root.Find("loss")?.Value;
        if (stated is JobNode.Mapping mapping) stated = mapping.Find("kind")?.Value;
        if (stated is JobNode.Scalar { Text: var name } && name != job.Loss.Kind.Kind) return null;
        if (TryCreate(Losses.Losses.All, job.Loss.Kind) is not { } loss) return null;
        var kind = JobTargets.KindOf(job);
        var of = kind == Data.TargetKind.None ? $"model {KMeansModel.Kind.Name}" : $"loss {job.Loss.Kind.Kind}";
        return (of, Metrics.Metrics.NamesFor(kind, loss));
    }

    /// <summary>Null where an option was wrong or missing, which has been told.</summary>
    private static T? TryCreate<T>(ImmutableArray<Kind<T>> table, Component component)
        where T : class
    {
        var kind = table.FirstOrDefault(k => k.Name == component.Kind);
        bool isWhole = kind is not null
            && kind.Options.All(o => component.Options.GetValueOrDefault(o.Name, o.Default!) is not null);
        return isWhole ? component.Create(table) : null;
    }
}
