using System.Collections.Immutable;
using ClusterGd.Core.Faults;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Core.Simulation;

/// <summary>How a simulated run ended.</summary>
/// <param name="Outcome">Null where it did not end within the time allowed.</param>
/// <param name="Parameters">The final parameters, as the observer got them.</param>
/// <param name="Problem">The first broken invariant; null where all held.</param>
/// <param name="Generations">Times that the run had to begin anew.</param>
/// <param name="LongestStep">Longest virtual time between two new versions of the parameters.</param>
/// <param name="Time">Virtual time of the whole.</param>
/// <param name="Struck">How often each kind of fault struck, by its number: of messages each one counts.</param>
/// <param name="WrongGradients">Gradients with wrong bits that were computed.</param>
/// <param name="Order">What was applied in which order, as the observer got it; null where steps are
/// synchronous.</param>
/// <param name="Trace">Every event, one a line, where the options ask for it.</param>
public sealed record SimulationResult(
    RunOutcome? Outcome, float[] Parameters, string? Problem, int Generations, TimeSpan LongestStep, TimeSpan Time,
    long EventCount, ImmutableArray<long> Struck, int WrongGradients, AppliedOrder? Order,
    IReadOnlyList<string> Trace)
{
    public long StruckOf(FaultKind kind) => Struck[(int)kind];
}
