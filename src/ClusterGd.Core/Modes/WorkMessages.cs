using ClusterGd.Core.Protocol;

namespace ClusterGd.Core.Modes;

/// <summary>All parameters after so many updates of the server, as they travel. Read only, whoever has it.</summary>
public sealed record ModelVersion(long Version, float[] Parameters);

/// <summary>What a worker is to do: the rows of its sequence number, from these parameters.</summary>
/// <param name="Term">The server's; rises with each server that goes on where another left off.</param>
/// <param name="Worker">Its shard.</param>
/// <param name="Sequence">From 0: which of its micro-batches, or of its rounds of local steps.</param>
public sealed record Assignment(long Term, int Worker, long Sequence, ModelVersion Model);

/// <summary>What a worker found.</summary>
/// <param name="Count">Rows.</param>
/// <param name="LossSum">Σ loss over them.</param>
/// <param name="Values">Σ of their gradients; with local steps, parameters before less parameters after. The server's
/// once it takes the push.</param>
/// <param name="Divergence">Set where the loss was not finite.</param>
public sealed record WorkResult(int Count, double LossSum, float[] Values, Divergence? Divergence);

/// <summary>A worker's result on its way to the server; the same may come twice.</summary>
/// <param name="Version">Of the parameters that it was computed from.</param>
public sealed record WorkerPush(long Term, int Worker, long Sequence, long Version, WorkResult Result);

/// <summary>One line of the order of application: what the server took, and of what age.</summary>
/// <param name="Worker">-1 where a new term began.</param>
/// <param name="IsCounted">False where it came too late.</param>
public readonly record struct LogEntry(int Worker, long Sequence, long Version, bool IsCounted);
