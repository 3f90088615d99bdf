using System.Collections.Immutable;
using ClusterGd.Core.Faults;

namespace ClusterGd.Cli.Chaos;

/// <summary>The steps made at a moment, as the furthest of the nodes told.</summary>
/// <param name="Seconds">Since the run with faults began.</param>
internal readonly record struct StepSample(double Seconds, long Step);

/// <summary>A mean training loss at a moment.</summary>
internal readonly record struct LossSample(double Seconds, double Loss);

/// <summary>A fault as it struck.</summary>
/// <param name="What">As a scenario file has it.</param>
/// <param name="Nodes">host:port of those struck.</param>
/// <param name="Seconds">Since the run began.</param>
/// <param name="Count">Messages, gradients, writes or files that it struck; null for a kind that strikes whole nodes,
/// or where that is not known.</param>
/// <param name="For">Seconds that it lasts; 0 for a moment, or until the end.</param>
internal sealed record Strike(
    string What, FaultKind Kind, ImmutableArray<string> Nodes, double Seconds, long? Count = null,
    double For = 0);

/// <summary>A sentence of the run, as it came.</summary>
internal sealed record Said(double Seconds, string Text);

/// <summary>What one fault cost.</summary>
/// <param name="Step">Made when it struck.</param>
/// <param name="DetectedAfter">Seconds until the coordinator gave the node's work to others; NaN where it had no need
/// to.</param>
/// <param name="StepEndedAfter">Seconds until the step in progress was made; NaN where none followed.</param>
/// <param name="LongestStep">Seconds of the longest step between this fault and the next.</param>
internal sealed record FaultCost(
    Strike Strike, long Step, double DetectedAfter, double StepEndedAfter, double LongestStep);

/// <summary>A run without faults and one with.</summary>
/// <param name="HashWith">Empty where the run with faults has no parameters that count.</param>
/// <param name="Reason">Why the run with faults stopped.</param>
/// <param name="StepsLost">Steps by which a node went back.</param>
/// <param name="Recomputed">Shards' gradients that were computed again, or in another node's place.</param>
/// <param name="Compared">Gradients that two nodes answered and whose bits were compared.</param>
/// <param name="Before">Steps a second before the first fault; <paramref name="During"/> up to three seconds after each
/// fault, <paramref name="After"/> the rest. NaN where there was no such time.</param>
internal sealed record ChaosReport(
    string Scenario, int Nodes, string HashWithout, string HashWith, ChaosVerdict Verdict, string Reason,
    double SecondsWithout, double SecondsWith, long Steps, long StepsLost, long Recomputed, long Compared,
    double Before, double During, double After, ImmutableArray<FaultCost> Faults,
    ImmutableArray<StepSample> StepSamples, ImmutableArray<LossSample> Losses,
    ImmutableArray<Said> Sentences)
{
    public bool IsHashHeld => HashWith.Length > 0 && HashWith == HashWithout;
}
