using System.Collections.Immutable;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Core.Simulation;

/// <summary>How a simulated run ended.</summary>
/// <param name="Outcome">Null where it did not end within the time allowed.</param>
/// <param name="Parameters">The final parameters, as the observer got them.</param>
/// <param name="Problem">The first broken invariant; null where all held.</param>
/// <param name="Generations">Times that the run had to begin anew.</param>
/// <param name="LongestStep">Longest virtual time between two new versions of the parameters at the observer's
/// slices.</param>
/// <param name="Trace">The last events, one a line, for a person who replays a failing seed.</param>
public sealed record SimulationResult(
    RunOutcome? Outcome, float[] Parameters, string? Problem, int Generations, TimeSpan LongestStep, long EventCount,
    ImmutableArray<string> Trace);
