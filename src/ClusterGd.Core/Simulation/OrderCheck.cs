using ClusterGd.Core.Kernels;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Core.Simulation;

/// <summary>
/// What a simulated run must come to whose steps are not synchronous. No other run has its bits, but its own order of
/// application does: it counts each result once, and training by it once more gives the same bits.
/// </summary>
public static class OrderCheck
{
    /// <summary>The promise that a run without wrong gradients breaks; null if it keeps all.</summary>
    /// <param name="rows">All rows.</param>
    public static string? ProblemOf(TrainingPlan plan, Data.ShardStore rows, SimulationResult result)
    {
        if (result.Problem is not null) return result.Problem;
        var outcome = result.Outcome!;
        if (outcome.End != RunEnd.Finished) return $"the run ended as {outcome.End}: {outcome.Reason}";
        var lines = result.Order!.Lines;
        var problems = new OrderAudit(plan).Check(lines, outcome.Step);
        if (!problems.IsEmpty) return string.Join("; ", problems);
        var again = ModeReplay.Run(plan.Mode, plan, rows, lines);
        return Bits.AreEqual(again.Parameters(), result.Parameters) ? null : "the order replays to other bits";
    }
}
