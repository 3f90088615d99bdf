using System.Collections.Immutable;
using ClusterGd.Cluster;
using ClusterGd.Core.Faults;

namespace ClusterGd.Cli.Chaos;

/// <summary>How a run with faults ended.</summary>
/// <param name="End">Null where it has no result at all, for the <paramref name="Reason"/>.</param>
/// <param name="Reason">Why it stopped, one clause.</param>
/// <param name="Hash">Of its parameters; empty where it has none that count.</param>
internal sealed record ChaosEnd(TrainingEnd? End, string Reason, string Hash)
{
    public static ChaosEnd Of(TrainingResult result) => new(
        result.End, result.StopReason, result.End == TrainingEnd.Finished ? result.ModelSha256 : "");
}

/// <summary>What a run under such faults had to do, and whether it did.</summary>
/// <param name="Expected">One clause.</param>
/// <param name="Sentence">What came of it.</param>
internal sealed record ChaosVerdict(bool IsHeld, string Expected, string Sentence)
{
    private const string TheHash = "the hash of the run without faults";

    /// <param name="isRobust">The job's rule leaves gradients out that are no numbers.</param>
    /// <param name="mistake">Of a damaged checkpoint; empty where it was found.</param>
    public static ChaosVerdict Of(
        ImmutableArray<Strike> strikes, string hashWithout, ChaosEnd end, bool isRobust, string mistake)
    {
        bool Struck(FaultKind kind) => strikes.Any(s => s.Kind == kind && s.Count > 0);
        if (mistake.Length > 0)
        {
            return new(false, TheHash + ", and that the damage is found", $"A DAMAGED CHECKPOINT: {mistake}");
        }
        if (Struck(FaultKind.NanGradient) && !isRobust) return WithNaN(hashWithout, end);
        if (Struck(FaultKind.NanGradient) || Struck(FaultKind.FlippedBit)) return WithWrongBits(hashWithout, end);
        return end switch
        {
            { Hash.Length: > 0 } when end.Hash == hashWithout => new(true, TheHash, $"the hash held: {end.Hash}"),
            { Hash.Length: > 0 } => new(false, TheHash,
                $"THE HASH DIFFERS: {hashWithout} without faults, {end.Hash} with"),
            _ => new(false, TheHash, $"the run with faults has no result: {end.Reason}"),
        };
    }

    private static ChaosVerdict WithNaN(string hashWithout, ChaosEnd end)
    {
        const string Expected = "an end as diverged, by a gradient that is no number";
        return end switch
        {
            { End: TrainingEnd.Diverged } => new(true, Expected, $"ended as diverged, as it must: {end.Reason}"),
            { End: TrainingEnd.Corrupted } => new(true, Expected,
                $"ended as corrupted, since another node's answer was there as well: {end.Reason}"),
            { Hash.Length: > 0 } when end.Hash == hashWithout => new(true, Expected,
                $"the gradient that is no number was not used, since another answer was there first: {end.Hash}"),
            { Hash.Length: > 0 } => new(false, Expected,
                $"A GRADIENT THAT IS NO NUMBER WAS USED, AND THE RUN WENT ON: {end.Hash}"),
            _ => new(false, Expected, $"the run with faults has no result: {end.Reason}"),
        };
    }

    private static ChaosVerdict WithWrongBits(string hashWithout, ChaosEnd end)
    {
        const string Expected = "that wrong bits are noticed where two nodes answer, and are believed where one does";
        return end switch
        {
            { End: TrainingEnd.Corrupted } => new(true, Expected, $"the wrong bits were noticed: {end.Reason}"),
            { End: TrainingEnd.Diverged } => new(true, Expected,
                $"the wrong bits made the run diverge: {end.Reason}"),
            { Hash.Length: > 0 } when end.Hash == hashWithout => new(true, Expected,
                $"the wrong bits were not used, or were lost in rounding: the hash held: {end.Hash}"),
            { Hash.Length: > 0 } => new(true, Expected,
                $"the wrong bits were believed, since nobody else was asked: {hashWithout} without, {end.Hash} with"),
            _ => new(false, Expected, $"the run with faults has no result: {end.Reason}"),
        };
    }
}
