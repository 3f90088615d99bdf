namespace ClusterGd.Core.Faults;

/// <summary>A node comes or goes.</summary>
/// <param name="At">Time from the start of the run.</param>
/// <param name="Kind">
/// <see cref="FaultKind.Join"/>, <see cref="FaultKind.Leave"/> or <see cref="FaultKind.Kill"/>.
/// </param>
/// <param name="Choice">Which of the nodes there are then: this number modulo their count.</param>
public sealed record MembershipFault(TimeSpan At, FaultKind Kind, int Choice);
