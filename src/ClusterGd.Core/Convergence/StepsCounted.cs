namespace ClusterGd.Core.Convergence;

/// <summary>What was counted into the updates between two evaluations.</summary>
/// <param name="Steps">Updates made.</param>
/// <param name="Rows">Rows whose gradients were summed.</param>
/// <param name="Digest">Names which: see <see cref="Reduction.CountDigest"/>.</param>
public readonly record struct StepsCounted(long Steps, long Rows, ulong Digest);
