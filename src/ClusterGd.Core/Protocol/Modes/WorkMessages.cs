using ClusterGd.Core.Reduction;

namespace ClusterGd.Core.Protocol;

/// <summary>What a worker is to do: the rows of its sequence number, from these parameters.</summary>
/// <param name="Term">The server's; rises with each server that goes on where another left off.</param>
/// <param name="Worker">Its shard.</param>
/// <param name="Sequence">From 0: which of its micro-batches, or of its rounds of local steps.</param>
/// <param name="Model">The parameters after so many updates of the server.</param>
/// <param name="StateSince">With local steps: the round since which the worker that counted last has had its own
/// optimizer's state; one whose state is another begins with none.</param>
public sealed record Assignment(long Term, int Worker, long Sequence, ParameterVersion Model, long StateSince = 0)
    : ITensorMessage
{
    public void Release() => Model.Values.Release();
}

/// <summary>A worker's result on its way to the server; the same may come twice.</summary>
/// <param name="Version">Of the parameters that it was computed from.</param>
/// <param name="Sum">Σ of the gradients of its rows; with local steps, parameters before less parameters after. Its
/// step is the sequence number.</param>
/// <param name="StateSince">With local steps: the round that the worker's own optimizer began with.</param>
public sealed record WorkerPush(long Term, long Version, GradientSum Sum, long StateSince = 0) : ITensorMessage
{
    /// <summary>Its shard.</summary>
    public int Worker => Sum.Subtree.First;

    public long Sequence => Sum.Step;

    public void Release() => Sum.Values.Release();
}

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
