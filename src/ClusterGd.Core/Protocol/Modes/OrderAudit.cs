using System.Collections.Immutable;
using ClusterGd.Core.Modes;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// Whether an order of application counts every result exactly once: each worker's sequence numbers from 0, none twice
/// and none left out, and together as many as the mode's updates are made from.
/// </summary>
public sealed class OrderAudit(TrainingPlan plan)
{
    private const int ProblemsMax = 20;

    /// <summary>Sentences, one a problem; empty where all is right.</summary>
    /// <param name="lines">The whole order of a run.</param>
    /// <param name="step">At which the run ended; null where it has not.</param>
    /// <param name="stepMin">Updates that the run made at least.</param>
    public ImmutableArray<string> Check(IReadOnlyList<LogEntry> lines, long? step, long stepMin = 0)
    {
        var problems = ImmutableArray.CreateBuilder<string>();
        long[] next = new long[plan.ShardCount];
        for (int i = 0; i < lines.Count && problems.Count < ProblemsMax; i++)
        {
            var line = lines[i];
            if (line.Worker >= next.Length)
            {
                problems.Add($"line {i} is of worker {line.Worker}, the job has workers 0 to {next.Length - 1}");
                continue;
            }
            if (line.Worker < 0 || !line.IsCounted) continue;
            if (line.Sequence < next[line.Worker])
            {
                problems.Add($"line {i} counts result {line.Sequence} of worker {line.Worker} once more");
            }
            else if (line.Sequence > next[line.Worker])
            {
                problems.Add($"line {i} counts result {line.Sequence} of worker {line.Worker} before result " +
                    $"{next[line.Worker]}, which is missing");
            }
            next[line.Worker] = line.Sequence + 1;
        }
        if (problems.Count > 0) return problems.ToImmutable();
        if (step is { } end) CheckCounts(next, end, problems);
        else if (next.Sum() < Due(stepMin))
        {
            problems.Add($"incomplete: {next.Sum()} results are counted, the run came to step {stepMin}, which is " +
                $"made from {Due(stepMin)}");
        }
        return problems.ToImmutable();
    }

    /// <summary>Results counted, which <see cref="Due"/> says for a step.</summary>
    public static long CountOf(IEnumerable<LogEntry> lines) => lines.Count(line => line.Worker >= 0 && line.IsCounted);

    /// <summary>Results that the updates up to a step are made from.</summary>
    public long Due(long step) => plan.Mode switch
    {
        KOfN first => (step * plan.ShardCount + first.K - 1) / first.K * first.K,
        LocalSteps local => (step + local.Every - 1) / local.Every * plan.ShardCount,
        _ => step * plan.ShardCount,
    };

    private void CheckCounts(long[] next, long step, ImmutableArray<string>.Builder problems)
    {
        long counted = next.Sum(), due = Due(step);
        if (counted != due)
        {
            string incomplete = counted < due ? "incomplete: " : "";
            problems.Add($"{incomplete}{counted} results are counted, {due} are due at step {step}");
        }
        if (plan.Mode is KOfN or Asynchronous) return;
        // Every worker has a part in every update.
        for (int worker = 0; worker < next.Length && problems.Count < ProblemsMax; worker++)
        {
            long each = due / plan.ShardCount;
            if (next[worker] != each)
            {
                problems.Add($"{next[worker]} results of worker {worker} are counted, {each} are due");
            }
        }
    }
}
