
namespace ClusterGd.Core.Protocol;

/// <summary>All parameters after so many updates of the server, as they travel. Read only, whoever has it.</summary>
public sealed record ModelVersion(long Version, float[] Parameters);

/// <summary>What a worker is to do: the rows of its sequence number, from these parameters.</summary>
/// <param name="Term">The server's; rises with each server that goes on where another left off.</param>
/// <param name="Worker">Its shard.</param>
/// <param name="Sequence">From 0: which of its micro-batches, or of its rounds of local steps.</param>
/// <param name="StateSince">With local steps: the round since which the worker that counted last has had its own
/// optimizer's state; one whose state is another begins with none.</param>
public sealed record Assignment(long Term, int Worker, long Sequence, ModelVersion Model, long StateSince = 0)
    : ITensorMessage;

/// <summary>What a worker found.</summary>
/// <param name="Count">Rows.</param>
/// <param name="LossSum">Σ loss over them.</param>
/// <param name="Values">Σ of their gradients; with local steps, parameters before less parameters after. The server's
/// once it takes the push.</param>
/// <param name="Divergence">Set where the loss was not finite.</param>
/// <param name="StateSince">With local steps: the round that the worker's own optimizer began with.</param>
public sealed record WorkResult(
    int Count, double LossSum, float[] Values, Divergence? Divergence, long StateSince = 0);

/// <summary>A worker's result on its way to the server; the same may come twice.</summary>
/// <param name="Version">Of the parameters that it was computed from.</param>
public sealed record WorkerPush(long Term, int Worker, long Sequence, long Version, WorkResult Result) : ITensorMessage;

/// <summary>
/// One line of the order of application, which is all that a server's state follows from: what it took, and of what
/// age.
/// </summary>
/// <param name="Worker"><see cref="TermBegins"/> and <see cref="StopSet"/> stand for no worker.</param>
/// <param name="Sequence">Where a term begins, the term; where a stop is set, its step.</param>
/// <param name="Version">That the worker read; of the server, where it is no worker's line.</param>
/// <param name="IsCounted">False where it came too late.</param>
/// <param name="IsFresh">With local steps: the worker's own optimizer began anew, since its host is another.</param>
public readonly record struct LogEntry(
    int Worker, long Sequence, long Version, bool IsCounted, bool IsFresh = false)
{
    /// <summary>Another server goes on from here: what was under way is void.</summary>
    public const int TermBegins = -1;

    /// <summary>No assignment is given that would lead beyond the step, until another is set.</summary>
    public const int StopSet = -2;
}
