using System.Collections.Immutable;
using ClusterGd.Core.Convergence;

namespace ClusterGd.Core.Protocol;

/// <summary>How a run came to its end.</summary>
public enum RunEnd
{
    Finished,
    Diverged,
    Lost,
    Interrupted,

    /// <summary>Something was seen that a correct cluster never does: two answers with different bits, a step that
    /// goes back.</summary>
    Corrupted,
}

/// <summary>The result of a run, but for the parameters.</summary>
/// <param name="HasParameters">Whether there is a final version; every observer then has it.</param>
/// <param name="KeptStep">The step whose parameters it is: <paramref name="Step"/>, or an earlier evaluation's.</param>
public sealed record RunOutcome(
    RunEnd End, bool HasParameters, string Reason, long Step, int Epoch, double TrainLoss,
    ImmutableSortedDictionary<string, double> Metrics, ImmutableArray<Evaluation> History, long KeptStep)
{
    /// <summary>Over the validation rows; empty where there are none.</summary>
    public ImmutableSortedDictionary<string, double> ValidationMetrics { get; init; } =
        ImmutableSortedDictionary<string, double>.Empty;
}

/// <summary>What the coordinator wants done.</summary>
public abstract record CoordinatorEffect : Effect
{
    /// <summary>Send to these nodes, and to all members.</summary>
    public sealed record Broadcast(ImmutableArray<string> Nodes, RunDirective Directive) : CoordinatorEffect;

    public sealed record Report(Evaluation Evaluation) : CoordinatorEffect;

    /// <summary>Says what is waited for, and since when.</summary>
    public sealed record Waiting(string What, TimeSpan Since) : CoordinatorEffect;

    /// <summary>A decision that a person should know of: one sentence with its reason.</summary>
    public sealed record Note(string What) : CoordinatorEffect;

    /// <summary>
    /// The nodes follow another coordinator, with higher terms, that may be gone by now, or know an end of the run that
    /// this one does not. It decides nothing more: if it is still the one in the right place, another has to begin
    /// here, with what the nodes remember.
    /// </summary>
    public sealed record Superseded(long Term) : CoordinatorEffect;

    /// <summary>The run is over. Nothing follows.</summary>
    public sealed record End(RunOutcome Outcome) : CoordinatorEffect;
}
