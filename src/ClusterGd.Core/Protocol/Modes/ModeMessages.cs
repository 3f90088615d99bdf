using System.Collections.Immutable;

namespace ClusterGd.Core.Protocol;

/// <summary>A worker that has heard nothing for long asks the server for what it is to do.</summary>
public sealed record AssignmentRequest(int Worker) : ISliceMessage
{
    int ISliceMessage.Slice => 0;
}

/// <summary>Of a mode: where an update stands in the order of application.</summary>
/// <param name="Term">The server's before the line.</param>
/// <param name="Index">Its number in the order, from 0.</param>
/// <param name="Entry">What is in it.</param>
/// <param name="StateSince">See <see cref="WorkerPush"/>.</param>
public sealed record OrderLine(long Term, int Index, LogEntry Entry, long StateSince = 0);

/// <summary>Who keeps the order of application asks for what it lacks.</summary>
/// <param name="From">The number of the first line that it lacks.</param>
public sealed record OrderRequest(string Node, int From) : ISliceMessage
{
    int ISliceMessage.Slice => 0;
}

/// <summary>Lines of the order of application, of those that no death of a node can undo any more.</summary>
/// <param name="First">Number of the first line.</param>
/// <param name="Total">How many there are so far.</param>
/// <param name="IsFinal">None follows.</param>
/// <param name="Staleness">How many results were applied, by updates missed.</param>
/// <param name="Dropped">Results that came too late for their step.</param>
public sealed record OrderPart(
    int Generation, int First, ImmutableArray<LogEntry> Lines, int Total, bool IsFinal,
    ImmutableSortedDictionary<long, long> Staleness, long Dropped) : ITensorMessage
{
    /// <summary>In one message at most.</summary>
    public const int LinesMax = 1 << 16;
}
