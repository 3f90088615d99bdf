using System.Collections.Immutable;
using ClusterGd.Core.Convergence;
using ClusterGd.Core.Data;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Reduction;

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
    /// <param name="extent">How far the run came, if anything but the log says so.</param>
    public AuditReport Check(IReadOnlyList<Entry> log, RunExtent? extent = null)
    {
        var problems = new List<AuditProblem>();
        var known = Possible(log, problems);
        long told = EndOf(known, extent), end = Math.Max(told, DueAfter(told, extent));
        if (end == 0) return new AuditReport([], [.. problems], 0);
        foreach (var interval in Chain(known, end, problems)) Check(interval, problems);
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

    /// <summary>Entries that a run of this plan can have made.</summary>
    private List<Entry> Possible(IReadOnlyList<Entry> log, List<AuditProblem> problems)
    {
        var possible = new List<Entry>();
        foreach (var entry in log)
        {
            if (entry.Step >= 0 && entry.Step <= plan.StepsTotal) possible.Add(entry);
            else problems.Add(new AuditProblem(
                entry.Step - 1, entry.Step, $"the log tells of it, but the job has {plan.StepsTotal} steps"));
        }
        return possible;
    }

    /// <summary>
    /// The step from which to go back: where the run ended, else the last that the log tells of. A run that went back
    /// to a checkpoint writes what was before that down again at its end, so the last line need not be the last step.
    /// </summary>
    private long EndOf(List<Entry> log, RunExtent? extent)
    {
        if (extent is { IsEnd: true }) return Math.Clamp(extent.Step, 0, plan.StepsTotal);
        return log.Count > 0 ? log[^1].Step : 0;
    }

    /// <summary>The last step up to which the job has an evaluation that the run must have made; 0 for none.</summary>
    private long DueAfter(long told, RunExtent? extent)
    {
        long due = 0;
        if (extent is null || extent.Step > plan.StepsTotal) return due;
        for (long next = told; next < extent.Step;)
        {
            next = plan.NextEvaluation(next);
            if (next <= extent.Step) due = next;
        }
        return due;
    }

    /// <summary>From the end back to step 0, each beginning where another ends.</summary>
    private List<Interval> Chain(List<Entry> log, long end, List<AuditProblem> problems)
    {
        var byStep = new SortedDictionary<long, Entry>();
        foreach (var entry in log) byStep[entry.Step] = entry;
        var intervals = new List<Interval>();
        while (end > 0)
        {
            var counted = byStep.TryGetValue(end, out var entry) ? entry.Counted : [];
            bool isWhole = !counted.IsDefault && (counted.Length == 1 || counted.Length == plan.SliceCount);
            if (!isWhole || counted[0].Steps < 1 || counted[0].Steps > end)
            {
                long known = byStep.Keys.Where(step => step < end).DefaultIfEmpty(0).Last();
                problems.Add(new AuditProblem(known, end, "the log does not say what was counted", IsGap: true));
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

/// <summary>How far a run came, as something else than its log says.</summary>
/// <param name="Step">Updates made: all of them, or at least so many.</param>
/// <param name="IsEnd">Whether the run ended there, with an evaluation.</param>
/// <param name="Source">What says so.</param>
public sealed record RunExtent(long Step, bool IsEnd, string Source);
