namespace ClusterGd.Core.Events;

/// <summary>One thing that happened in a run, with its reason.</summary>
/// <param name="Step">Updates made by then; -1 where that is not known.</param>
/// <param name="Who">The node that it is about; empty where it is about none.</param>
/// <param name="Why">One sentence.</param>
public sealed record RunEvent(EventKind Kind, long Step, string Who, string Why);
