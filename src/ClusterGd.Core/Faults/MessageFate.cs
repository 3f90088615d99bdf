namespace ClusterGd.Core.Faults;

/// <summary>What becomes of a message on its way.</summary>
/// <param name="Lost">Why it does not arrive; null where it does.</param>
/// <param name="Delay">By which it is held back.</param>
/// <param name="IsDoubled">It arrives twice.</param>
public readonly record struct MessageFate(FaultKind? Lost, TimeSpan Delay, bool IsDoubled)
{
    /// <summary>Whether nothing happens to it.</summary>
    public bool IsPlain => Lost is null && Delay == TimeSpan.Zero && !IsDoubled;
}
