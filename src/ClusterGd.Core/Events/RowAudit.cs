using System.Collections.Immutable;
using ClusterGd.Core.Convergence;
using ClusterGd.Core.Data;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Core.Events;

/// <summary>
/// Holds what a run says it has counted against what job and data say it must have: each row of the training data once
/// an epoch. Pure.
/// </summary>
public sealed class RowAudit(TrainingPlan plan)
{
    private readonly ShardPlan _shards = plan.Shards;

    /// <summary>What an evaluation says was counted since the one before it.</summary>
    /// <param name="Step">Of the evaluation.</param>
    /// <param name="Counted">One for all slices, or one for each.</param>
    public sealed record Entry(long Step, ImmutableArray<StepsCounted> Counted);

    /// <summary>Updates first+1 … end, counted together.</summary>
    private sealed record Interval(long First, long End, ImmutableArray<StepsCounted> Counted);

    /// <param name="log">
    /// In the order of the log: of two of one step, the later one is what training went on with.
    /// </param>
    public AuditReport Check(IReadOnlyList<Entry> log)
    {
        if (log.Count == 0) return new AuditReport([], [], 0);
        var problems = new List<AuditProblem>();
        var intervals = Chain(log, problems);
        foreach (var interval in intervals) Check(interval, problems);
        long end = log[^1].Step;
        int epochs = (int)((end + _shards.StepsPerEpoch - 1) / _shards.StepsPerEpoch);
        var order = new RowVisits(plan);
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            if (order.ProblemOf(epoch) is not { } problem) continue;
            long first = (long)epoch * _shards.StepsPerEpoch;
            problems.Add(new AuditProblem(first, first + _shards.StepsPerEpoch, problem));
        }
        return new AuditReport(
            [.. Enumerable.Range(0, epochs).Select(epoch => CountOf(epoch, end, problems))],
            [.. problems.OrderBy(problem => problem.First)], end);
    }

    /// <summary>From the last evaluation back to step 0, each beginning where another ends.</summary>
    private static List<Interval> Chain(IReadOnlyList<Entry> log, List<AuditProblem> problems)
    {
        var byStep = new SortedDictionary<long, Entry>();
        foreach (var entry in log) byStep[entry.Step] = entry;
        var intervals = new List<Interval>();
        for (long end = log[^1].Step; end > 0;)
        {
            var counted = byStep.TryGetValue(end, out var entry) ? entry.Counted : [];
            if (counted.IsDefaultOrEmpty || counted[0].Steps < 1 || counted[0].Steps > end)
            {
                long known = byStep.Keys.Where(step => step < end).DefaultIfEmpty(0).Last();
                problems.Add(new AuditProblem(known, end, "the log does not say what was counted"));
                end = known;
                continue;
            }
            intervals.Add(new Interval(end - counted[0].Steps, end, counted));
            end -= counted[0].Steps;
        }
        return intervals;
    }

    private void Check(Interval interval, List<AuditProblem> problems)
    {
        var due = Due(interval.First, interval.End);
        for (int slice = 0; slice < interval.Counted.Length; slice++)
        {
            var counted = interval.Counted[slice];
            if (counted == due) continue;
            string where = interval.Counted.Length > 1 ? $" in slice {slice}" : "";
            string what = counted.Steps != due.Steps
                ? $"{counted.Steps} steps counted where {due.Steps} are due"
                : counted.Rows == due.Rows ? $"{due.Rows} rows counted, as many as are due, but not those"
                : $"{counted.Rows} rows counted where {due.Rows} are due";
            string which = new CountDifference(_shards, interval.First, interval.End).Explain(
                CountDigest.Difference(counted.Digest, due.Digest));
            problems.Add(new AuditProblem(interval.First, interval.End, $"{what}{where}: {which}"));
        }
    }

    /// <summary>What updates first+1 … end have to count.</summary>
    private StepsCounted Due(long first, long end)
    {
        long rows = 0;
        ulong digest = 0;
        for (long step = first; step < end; step++)
        {
            for (int shard = 0; shard < _shards.ShardCount; shard++)
            {
                var (position, count) = _shards.MicroBatch(shard, step);
                rows += count;
                digest = CountDigest.Add(digest, CountDigest.Of(step, shard, position, count));
            }
        }
        return new StepsCounted(end - first, rows, digest);
    }

    private EpochCount CountOf(int epoch, long end, List<AuditProblem> problems)
    {
        long first = (long)epoch * _shards.StepsPerEpoch, last = Math.Min(first + _shards.StepsPerEpoch, end);
        bool isRight = !problems.Any(problem => problem.First < last && problem.End > first);
        long rows = Math.Min((last - first) * _shards.BatchSize, _shards.RowCount);
        return new EpochCount(epoch, isRight ? rows : null, _shards.RowCount);
    }
}
